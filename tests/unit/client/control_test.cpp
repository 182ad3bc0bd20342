// SPDX-License-Identifier: Apache-2.0
// flinkctl, client and REST server together: a server over a real loopback port on a thread of its
// own, a running-job file in a directory of its own, and the flinkctl executable beside them.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <future>
#include <thread>

#include "client/job_commands.h"
#include "client/running_jobs.h"
#include "flink/error.h"
#include "rest/rest_server.h"
#include "rpc/real_control_loop.h"
#include "unit/rest/fake_view.h"
#include "unit/scratch_directory.h"

namespace flink::client {
namespace {

using rest::fake_job_id;

class Cluster {
 public:
  Cluster() {
    std::promise<std::uint16_t> port;
    auto listening = port.get_future();
    thread_ = std::thread([this, &port] {
      rpc::RealControlLoop loop;
      rest::FakeView view("running");
      config::Configuration configuration;
      configuration.set_text("rest.bind-port", "0", {config::Source::property, "-D"});
      auto listener = rest::listen_for_rest(loop.network(), configuration);
      rest::RestServer server(view, loop.timer(), kj::mv(listener.receiver),
                              rest::rest_server_options(configuration));
      loop_ = &loop;
      port.set_value(listener.port);
      loop.run();
    });
    endpoint = {"localhost", listening.get()};
  }
  ~Cluster() {
    loop_->post([this] { loop_->stop(); });
    thread_.join();
  }

  Endpoint endpoint;
  const std::string& directory = scratch_.path;  // to be XDG_RUNTIME_DIR

 private:
  const test::Scratch scratch_;
  rpc::RealControlLoop* loop_ = nullptr;
  std::thread thread_;
};

struct Ran {
  int code = -1;
  std::string out;
};

#ifdef FLINKCTL
// Runs flinkctl; what it says to stderr is thrown away.
Ran flinkctl(const Cluster& cluster, const std::string& arguments) {
  const std::string command =
      "XDG_RUNTIME_DIR=" + cluster.directory + " TZ=UTC " FLINKCTL " " + arguments + " 2>/dev/null";
  FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  Ran ran;
  char buffer[4096];
  while (const auto got = std::fread(buffer, 1, sizeof buffer, pipe)) ran.out.append(buffer, got);
  ran.code = WEXITSTATUS(::pclose(pipe));
  return ran;
}
#endif

TEST_CASE("client calls") {
  const Cluster cluster;
  const RestClient client(cluster.endpoint);
  const auto jobs = client.jobs();
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].id == fake_job_id);
  CHECK(client.job_state(fake_job_id) == "RUNNING");
  CHECK(info_text(jobs[0], client.job_json(fake_job_id), client.exceptions_json(fake_job_id))
            .find("Source: lines -> split") != std::string::npos);
  CHECK_THROWS_AS(client.job_state(std::string(32, '0')), Error);
  client.cancel(fake_job_id);
  CHECK(wait_until_ended(client, fake_job_id, "", std::chrono::seconds(10)) == "CANCELED");
}

TEST_CASE("a JobManager that is gone after it accepted the cancel") {
  std::optional<RestClient> client;
  {
    const Cluster cluster;
    client.emplace(cluster.endpoint);
    client->cancel(fake_job_id);
  }
  const Cluster another;  // of whose directory this may be
  const std::string local = another.directory + "/flinkc";
  const auto wait = [&] {
    return wait_until_ended(*client, fake_job_id, local, std::chrono::seconds(10));
  };
  CHECK_THROWS_WITH_AS(wait(), doctest::Contains("not known how the job ended"), Error);
  { RunningJobFile(local, {0, another.endpoint, fake_job_id, "Fixture run"}).ended("CANCELED"); }
  CHECK(wait() == "CANCELED");
  CHECK_THROWS_AS(client->jobs(), Error);
  { const RunningJobFile again(local, {0, another.endpoint, fake_job_id, "Fixture run"}); }
  CHECK_THROWS_AS(wait(), Error);  // the one that began since was killed
}

TEST_CASE("another JobManager has the port of one that is gone") {
  const Cluster cluster;
  const RestClient client(cluster.endpoint);
  CHECK_THROWS_AS(wait_until_ended(client, std::string(32, '0'), "", std::chrono::seconds(10)),
                  Error);
}

#ifdef FLINKCTL
TEST_CASE("flinkctl finds, shows and cancels local jobs") {
  const Cluster cluster;
  const std::string local = cluster.directory + "/flinkc";
  CHECK(flinkctl(cluster, "list").out == "No running jobs.\nNo scheduled jobs.\n");
  CHECK(flinkctl(cluster, "info x").code == 1);
  const RunningJobFile file(local, {0, cluster.endpoint, fake_job_id, "Fixture run"});
  CHECK(flinkctl(cluster, "list -r").out ==
        "------------------ Running/Restarting Jobs -------------------\n"
        "23.11.2026 03:06:52 : " +
            std::string(fake_job_id) + " : Fixture run (RUNNING)\n" + std::string(62, '-') + "\n");
  CHECK(flinkctl(cluster, "list --json").out.find("\"state\":\"RUNNING\"") != std::string::npos);
  CHECK(flinkctl(cluster, "info 'Fixture run'").out.find("Source: lines -> split") !=
        std::string::npos);
  CHECK(flinkctl(cluster, "info 1890 --json").out.starts_with("{\"jid\":\"1890513c"));
  CHECK(flinkctl(cluster, "list -r >/dev/full").code == 1);
  const auto cancelled = flinkctl(cluster, "cancel 1890513c");
  CHECK(cancelled.code == 0);
  CHECK(cancelled.out == "Cancelled job " + std::string(fake_job_id) + ".\n");
  CHECK(flinkctl(cluster, "cancel 1890513c").code == 0);  // again: it is cancelled
  CHECK(flinkctl(cluster, "list -a").out.find("(CANCELED)") != std::string::npos);
  CHECK(flinkctl(cluster, "list -m " + cluster.endpoint.text() + " -a").code == 0);
}

TEST_CASE("flinkctl's exit codes") {
  std::string gone;
  {
    const Cluster cluster;
    gone = cluster.endpoint.text();
  }
  const Cluster cluster;
  CHECK(flinkctl(cluster, "list -m " + gone).code == 5);
  CHECK(flinkctl(cluster, "list --jobmanager 'a b'").code == 2);
  CHECK(flinkctl(cluster, "").code == 2);
  CHECK(flinkctl(cluster, "lst").code == 2);
  CHECK(flinkctl(cluster, "cancel").code == 2);
  CHECK(flinkctl(cluster, "completion tcsh").code == 2);
  CHECK(flinkctl(cluster, "--help").out.starts_with("Examples:\n"));
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const auto script = flinkctl(cluster, std::string("completion ") + shell);
    CHECK(script.code == 0);
    CHECK(script.out.find("flinkctl") != std::string::npos);
  }
  // A local JobManager whose process lives but does not answer.
  const RunningJobFile file(cluster.directory + "/flinkc",
                            {0, *parse_endpoint(gone), fake_job_id, "Fixture run"});
  CHECK(flinkctl(cluster, "list").code == 5);
}
#endif

}  // namespace
}  // namespace flink::client
