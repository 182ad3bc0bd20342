// SPDX-License-Identifier: Apache-2.0
// Orders get the name and the country of their customer, which a directory outside knows: it is
// asked for each order while others are under way. It is busy now and then, and asked once more
// then; orders of customers whom it does not know are left out.
#include <flink/async_data_stream.h>
#include <flink/flink.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

using namespace flink;
using namespace std::chrono_literals;

// Columns of the input, in order.
struct Order {
  std::int64_t id = 0;
  std::string customer;
  double amount = 0;
};

struct EnrichedOrder {
  std::int64_t id = 0;
  std::string name, country;
  double amount = 0;
};

struct Customer {
  std::string name, country;
};

// Stands for the client of a service: answers on a thread of its own, and says that it is busy when
// it is first asked for every tenth order.
class DirectoryClient {
 public:
  using Answer = std::function<void(const Customer* found, bool busy)>;

  DirectoryClient() : thread_([this] { run(); }) {}
  ~DirectoryClient() {
    {
      const std::lock_guard lock{mutex_};
      closed_ = true;
    }
    asked_.notify_one();
    thread_.join();
  }
  void find(const Order& order, Answer answer) {
    {
      const std::lock_guard lock{mutex_};
      questions_.emplace_back(order, std::move(answer));
    }
    asked_.notify_one();
  }

 private:
  void run() {
    const std::map<std::string, Customer> customers{{"c1", {"Ada", "GB"}},
                                                    {"c2", {"Blaise", "FR"}},
                                                    {"c3", {"Carl", "DE"}},
                                                    {"c4", {"Dorothy", "GB"}}};
    std::unique_lock lock{mutex_};
    for (;;) {
      asked_.wait(lock, [this] { return closed_ || !questions_.empty(); });
      if (closed_) return;
      const auto [order, answer] = std::move(questions_.front());
      questions_.pop_front();
      lock.unlock();
      const bool busy = order.id % 10 == 0 && known_.insert(order.id).second;
      const auto found = customers.find(order.customer);
      answer(found == customers.end() ? nullptr : &found->second, busy);
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable asked_;
  std::deque<std::pair<Order, Answer>> questions_;
  std::set<std::int64_t> known_;  // every tenth order that was asked for
  bool closed_ = false;
  std::thread thread_;
};

struct FindCustomer {
  std::shared_ptr<DirectoryClient> directory;  // one a subtask

  void open(RuntimeContext&) { directory = std::make_shared<DirectoryClient>(); }
  void close() { directory.reset(); }

  void async_invoke(const Order& order, ResultFuture<EnrichedOrder> future) {
    directory->find(order, [order, future](const Customer* found, bool busy) {
      if (busy) {
        future.complete_exceptionally(std::make_exception_ptr(std::runtime_error{"busy"}));
      } else if (found == nullptr) {
        future.complete({});
      } else {
        future.complete({{order.id, found->name, found->country, order.amount}});
      }
    });
  }
  void timeout(const Order& order, ResultFuture<EnrichedOrder> future) {
    future.complete({{order.id, "?", "?", order.amount}});
  }
};

void define_job(StreamExecutionEnvironment& env) {
  const auto ask_once_more = AsyncRetryStrategy<EnrichedOrder>::fixed_delay(1, 20ms).if_exception(
      [](const std::exception_ptr&) { return true; });
  auto orders =
      env.from_source(FileSource<Order>::csv(env.args().require("input")).skip_first_line(),
                      WatermarkStrategy<Order>::no_watermarks(), "orders")
          .uid("orders");
  AsyncDataStream::unordered_wait_with_retry(orders, FindCustomer{}, 30s, 20, ask_once_more)
      .uid("find-customer")
      .sink_to(FileSink<EnrichedOrder>::csv(env.args().require("output")))
      .uid("enriched");
  env.execute("Async Enrichment");
}
