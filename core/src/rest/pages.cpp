// SPDX-License-Identifier: Apache-2.0
#include "rest/pages.h"

#include <flink/base/check.h>

namespace flink::rest {
namespace {

using flink::detail::concat;

constexpr Page pages[] = {
    {"/style.css", "text/css; charset=UTF-8",
     R"(body { font: 16px/1.5 sans-serif; margin: 2em auto; max-width: 60em; padding: 0 1em; }
table { border-collapse: collapse; }
td, th { border-bottom: 1px solid #ccc; padding: 0.2em 1em 0.2em 0; text-align: left; }
)"},
    {"/robots.txt", "text/plain; charset=UTF-8", "User-agent: *\nDisallow: /\n"},
};

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string link(std::string_view path) {
  return concat("<li><a href=\"", path, "\">", path, "</a></li>\n");
}

std::string job_section(const JobView& job) {
  const std::string path = concat("/jobs/", job.id);
  std::string out = concat("<h1>", escaped(job.name), "</h1>\n<p>", job.state, ", job ", job.id,
                           "</p>\n<table>\n<tr><th>Vertex</th><th>Parallelism</th></tr>\n");
  for (const auto& vertex : job.vertices) {
    out += concat("<tr><td><a href=\"", path, "/vertices/", vertex.id, "\">", escaped(vertex.name),
                  "</a></td><td>", vertex.parallelism, "</td></tr>\n");
  }
  out += "</table>\n<ul>\n";
  for (const char* below : {"", "/plan", "/checkpoints", "/exceptions", "/config"}) {
    out += link(path + below);
  }
  return out + "</ul>\n";
}

}  // namespace

const Page* find_page(std::string_view path) {
  for (const Page& page : pages) {
    if (page.path == path) return &page;
  }
  return nullptr;
}

RestAnswer index_page(const ClusterView& view) {
  std::string body;
  std::string title = "flinkc";
  for (const auto& id : view.job_ids()) {
    const auto job = view.job(id);
    if (!job) continue;
    title = escaped(job->name);
    body += job_section(*job);
  }
  body += "<h2>The cluster</h2>\n<ul>\n";
  for (const char* path : {"/overview", "/taskmanagers", "/jobmanager/config"}) body += link(path);
  body += "</ul>\n";
  return {
      200,
      concat("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"UTF-8\">\n<title>",
             title, "</title>\n<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n",
             body, "</body>\n</html>\n"),
      "text/html; charset=UTF-8"};
}

}  // namespace flink::rest
