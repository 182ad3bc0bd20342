// SPDX-License-Identifier: Apache-2.0
#include "rest/rest_server.h"

#include <array>
#include <list>
#include <optional>

#include "config/options.h"
#include "flink/base/check.h"
#include "flink/error.h"

namespace flink::rest {
namespace {

using flink::detail::concat;

// A client that sends its body more slowly loses its connection.
constexpr kj::Duration body_deadline = 30 * kj::SECONDS;
// What a handler has promised is given up then.
constexpr kj::Duration answer_deadline = 60 * kj::SECONDS;

const char* reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

Method method_of(kj::HttpMethod method) {
  switch (method) {
    case kj::HttpMethod::GET:
      return Method::get;
    case kj::HttpMethod::PATCH:
      return Method::patch;
    case kj::HttpMethod::POST:
      return Method::post;
    case kj::HttpMethod::DELETE:
      return Method::del;
    default:
      return Method::other;
  }
}

constexpr std::size_t body_kept_max = 1u << 20;  // more than any request of ours needs

// Reads a body until its end or one byte over the limit, and keeps its beginning.
class BodyDrain {
 public:
  explicit BodyDrain(std::uint64_t limit) : limit_(limit) {}
  // False: too large.
  kj::Promise<bool> run(kj::AsyncInputStream& body) {
    return body.tryRead(buffer_.data(), 1, buffer_.size()).then([this, &body](std::size_t n) {
      seen_ += n;
      if (seen_ > limit_) return kj::Promise<bool>(false);
      kept_.append(buffer_.data(), std::min(n, body_kept_max - kept_.size()));
      if (n == 0) return kj::Promise<bool>(true);
      return run(body);
    });
  }

  const std::string& kept() const { return kept_; }

 private:
  std::uint64_t limit_;
  std::uint64_t seen_ = 0;
  std::string kept_;
  std::array<char, 8192> buffer_;
};

}  // namespace

class RestServer::Impl final : public kj::HttpServerErrorHandler, public kj::TaskSet::ErrorHandler {
 public:
  Impl(ClusterView& view, kj::Timer& timer, kj::Own<kj::ConnectionReceiver> receiver,
       RestServerOptions options)
      : options_(std::move(options)),
        api_(view, options_.info),
        timer_(timer),
        receiver_(kj::mv(receiver)),
        origin_(table_builder_.add("Origin")),
        fetch_site_(table_builder_.add("Sec-Fetch-Site")),
        table_(table_builder_.build()),
        server_(
            timer, *table_, [this](kj::AsyncIoStream&) { return service(); }, settings()),
        connections_(*this),
        accepting_(accept().eagerlyEvaluate(nullptr)) {}

  ~Impl() noexcept = default;

  RestApi& api() { return api_; }

  kj::Promise<void> drain() {
    accepting_ = kj::Promise<void>(nullptr);
    receiver_ = nullptr;
    return server_.drain();
  }

 private:
  kj::HttpServer::Settings settings() {
    kj::HttpServer::Settings settings;
    settings.errorHandler = static_cast<kj::HttpServerErrorHandler&>(*this);
    return settings;
  }

  // One connection: kj's server asks it. It outlives the promise that serves it.
  struct Connection final {
    int requests = 0;  // under way
    kj::Canceler canceler;
  };
  class Service final : public kj::HttpService {
   public:
    Service(Impl& server, Connection& connection) : server_(server), connection_(connection) {}
    kj::Promise<void> request(kj::HttpMethod method, kj::StringPtr url,
                              const kj::HttpHeaders& headers, kj::AsyncInputStream& body,
                              Response& response) override {
      ++connection_.requests;
      return server_.request(method, url, headers, body, response)
          .attach(kj::defer([&connection = connection_] { --connection.requests; }));
    }

   private:
    Impl& server_;
    Connection& connection_;
  };

  kj::Own<kj::HttpService> service() { return kj::heap<Service>(*this, open_.back()); }

  // Closes the connection that has waited for its client longest. False: none waits.
  bool close_one_that_waits() {
    for (Connection& connection : open_) {
      if (connection.requests != 0) continue;
      connection.canceler.cancel("another client needs the connection");
      return true;
    }
    return false;
  }

  // Own accept loop: kj's ends for good at the first failure, such as too many open files.
  kj::Promise<void> accept() {
    return receiver_->accept().then(
        [this](kj::Own<kj::AsyncIoStream> stream) {
          return room().then([this, stream = kj::mv(stream)]() mutable {
            serve(kj::mv(stream));
            return accept();
          });
        },
        [this](kj::Exception&&) {
          return timer_.afterDelay(100 * kj::MILLISECONDS).then([this] { return accept(); });
        });
  }

  // Resolves when one more connection may be served.
  kj::Promise<void> room() {
    if (open_.size() < options_.connections_max || close_one_that_waits()) return kj::READY_NOW;
    auto pair = kj::newPromiseAndFulfiller<void>();
    room_ = kj::mv(pair.fulfiller);
    return kj::mv(pair.promise);
  }

  void serve(kj::Own<kj::AsyncIoStream> stream) {
    const auto connection = open_.emplace(open_.end());
    auto done = kj::defer([this, connection] {
      open_.erase(connection);
      if (room_.get() != nullptr && room_->isWaiting()) room_->fulfill();
    });
    auto served = server_.listenHttp(kj::mv(stream));  // asks for service() at once
    connections_.add(connection->canceler.wrap(kj::mv(served)).attach(kj::mv(done)));
  }

  RequestHead head_of(kj::HttpMethod method, const kj::HttpHeaders& headers,
                      kj::AsyncInputStream& body) const {
    const auto header = [&headers](kj::HttpHeaderId id) -> std::optional<std::string_view> {
      KJ_IF_MAYBE (value, headers.get(id)) return std::string_view{value->begin(), value->size()};
      return std::nullopt;
    };
    RequestHead head{.method = method_of(method),
                     .host = header(kj::HttpHeaderId::HOST),
                     .origin = header(origin_),
                     .fetch_site = header(fetch_site_),
                     .content_type = header(kj::HttpHeaderId::CONTENT_TYPE)};
    const auto length = body.tryGetLength();
    head.has_body = length.orDefault(1) != 0;  // chunked: unknown
    return head;
  }

  kj::Promise<void> request(kj::HttpMethod method, kj::StringPtr url,
                            const kj::HttpHeaders& headers, kj::AsyncInputStream& body,
                            kj::HttpService::Response& response) {
    const RequestHead head = head_of(method, headers, body);
    if (auto refused = refusal_of(head, options_.policy)) {
      return answer(response, *std::move(refused));
    }
    const Method known = head.method;
    if (known == Method::get) {
      return reply(response, api_.handle(known, {url.begin(), url.size()}));
    }
    KJ_IF_MAYBE (length, body.tryGetLength()) {
      if (*length > options_.body_bytes_max) return answer(response, too_large());
    }
    // The target dies with the first read of the body.
    auto drain = kj::heap<BodyDrain>(options_.body_bytes_max);
    auto read = timer_.timeoutAfter(body_deadline, drain->run(body));
    const auto* kept = drain.get();
    return read
        .then([this, known, target = std::string(url.begin(), url.size()), kept,
               &response](bool fits) {
          if (!fits) return answer(response, too_large());
          return reply(response, api_.handle(known, target, kept->kept()));
        })
        .attach(kj::mv(drain));
  }

  RestAnswer too_large() const {
    return error_answer(413, concat("The request body is larger than ", options_.body_bytes_max,
                                    " bytes (rest.server.max-content-length)."));
  }

  // A promise is not waited for for ever; when the client goes, kj drops what serves it.
  kj::Promise<void> reply(kj::HttpService::Response& response, Reply reply) {
    KJ_IF_MAYBE (later, reply.later) {
      return timer_.timeoutAfter(answer_deadline, kj::mv(*later))
          .catch_([](kj::Exception&& exception) {
            return exception.getType() == kj::Exception::Type::OVERLOADED
                       ? error_answer(503, concat("There was no answer within ",
                                                  answer_deadline / kj::SECONDS, " s."))
                       : error_answer(500, "Internal server error.");
          })
          .then([this, &response](RestAnswer late) { return answer(response, std::move(late)); });
    }
    return answer(response, std::move(reply.answer));
  }

  kj::Promise<void> answer(kj::HttpService::Response& response, RestAnswer answer) {
    const bool page = answer.content_type != json_type;
    kj::HttpHeaders headers(*table_);
    headers.set(kj::HttpHeaderId::CONTENT_TYPE,
                kj::heapString(answer.content_type.data(), answer.content_type.size()));
    headers.add("X-Content-Type-Options", "nosniff");
    headers.add("X-Frame-Options", "DENY");
    headers.add("Content-Security-Policy", page ? "default-src 'self'; frame-ancestors 'none'"
                                                : "default-src 'none'; frame-ancestors 'none'");
    headers.add("Cache-Control", "no-store");
    headers.add("Referrer-Policy", "no-referrer");
    if (!options_.policy.allow_origin.empty()) {
      headers.add("Access-Control-Allow-Origin", kj::str(options_.policy.allow_origin));
    }
    auto text = kj::heapString(answer.body.data(), answer.body.size());
    auto stream = response.send(static_cast<kj::uint>(answer.status), reason_of(answer.status),
                                headers, text.size());
    auto written = stream->write(text.begin(), text.size());
    return written.attach(kj::mv(stream), kj::mv(text));
  }

  // What kj would say itself holds C++ source lines and addresses.
  kj::Promise<void> handleClientProtocolError(kj::HttpHeaders::ProtocolError error,
                                              kj::HttpService::Response& response) override {
    return answer(response, error_answer(static_cast<int>(error.statusCode),
                                         concat("Bad request: ", error.description.cStr())));
  }
  kj::Promise<void> handleApplicationError(
      kj::Exception exception, kj::Maybe<kj::HttpService::Response&> response) override {
    if (exception.getType() == kj::Exception::Type::DISCONNECTED) return kj::READY_NOW;
    KJ_IF_MAYBE (waiting, response) {
      return answer(*waiting, error_answer(500, "Internal server error."));
    }
    return kj::READY_NOW;
  }
  kj::Promise<void> handleNoResponse(kj::HttpService::Response& response) override {
    return answer(response, error_answer(500, "Internal server error."));
  }
  // A connection that ended badly: its client knows.
  void taskFailed(kj::Exception&&) override {}

  RestServerOptions options_;
  RestApi api_;
  kj::Timer& timer_;
  kj::Own<kj::ConnectionReceiver> receiver_;
  kj::HttpHeaderTable::Builder table_builder_;
  kj::HttpHeaderId origin_, fetch_site_;
  kj::Own<kj::HttpHeaderTable> table_;
  std::list<Connection> open_;  // the newest last
  kj::Own<kj::PromiseFulfiller<void>> room_;
  kj::HttpServer server_;
  kj::TaskSet connections_;  // before the server in destruction
  kj::Promise<void> accepting_;
};

RestServer::RestServer(ClusterView& view, kj::Timer& timer,
                       kj::Own<kj::ConnectionReceiver> receiver, RestServerOptions options)
    : impl_(std::make_unique<Impl>(view, timer, kj::mv(receiver), std::move(options))) {}

RestServer::~RestServer() noexcept = default;

RestApi& RestServer::api() { return impl_->api(); }

kj::Promise<void> RestServer::drain() { return impl_->drain(); }

RestServerOptions rest_server_options(const config::Configuration& configuration) {
  namespace options = config::options;
  RestServerOptions out;
  out.info.refresh_interval_ms =
      configuration.get(options::web_refresh_interval).count() / 1'000'000;
  out.info.cancel_enabled = configuration.get(options::web_cancel);
  out.body_bytes_max =
      static_cast<std::uint64_t>(configuration.get(options::rest_max_content_length));
  out.policy.allow_origin = configuration.find(options::web_allow_origin).value_or("");
  // A header is one line.
  std::erase_if(out.policy.allow_origin, [](char c) { return c == '\r' || c == '\n'; });
  out.policy.loopback_hosts_only =
      names_this_machine(configuration.get(options::rest_bind_address));
  return out;
}

RestListener listen_for_rest(rpc::RpcNetwork& network, const config::Configuration& configuration) {
  namespace options = config::options;
  const std::string host = configuration.get(options::rest_bind_address);
  const auto range = configuration.get(options::rest_bind_port);
  for (std::uint16_t port : range.ports()) {
    try {
      auto receiver = network.listen({host, port});
      const auto taken = static_cast<std::uint16_t>(receiver->getPort());
      return {kj::mv(receiver), host, taken};
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::resource) throw;
    }
  }
  const auto text = configuration.text_of(options::rest_bind_port.info).value_or("");
  throw Error(
      ErrorKind::resource,
      concat("no free port for REST at ", host, ": all of rest.bind-port ", text, " (",
             configuration.origin_of(options::rest_bind_port.info).where,
             ") are taken: end another job, or set -Drest.bind-port to other ports, 0 for any"));
}

}  // namespace flink::rest
