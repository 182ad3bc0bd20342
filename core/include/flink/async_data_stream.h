// SPDX-License-Identifier: Apache-2.0
// Asks the outside for each record without waiting for one answer before the next question (Flink,
// "Asynchronous I/O for External Data Access").
//
//   struct Lookup {                           // copied into each subtask; may have open(), close()
//     void async_invoke(const Order& order, ResultFuture<Priced> future);
//     void timeout(const Order& order, ResultFuture<Priced> future);      // if there is one
//   };
//   AsyncDataStream::unordered_wait(orders, Lookup{}, 1s, 100);
//
// async_invoke() runs on the task's thread and must not wait: it hands the future to whoever will
// answer, on any thread. The result's timestamp is the record's. `timeout` is from the first
// question to the answer, all attempts included; 0: none. Without a timeout hook it fails the job.
// `capacity` requests may be under way in a subtask; then it reads no more. Requests under way are
// part of checkpoints and are asked again after a restore.
//
// ordered_wait gives results in the records' order. unordered_wait gives each as it comes, but lets
// none pass a watermark.
#pragma once

#include <flink/api/async_wait.h>
#include <flink/data_stream.h>

namespace flink {

class AsyncDataStream {
 public:
  using Timeout = std::chrono::milliseconds;
  static constexpr int default_capacity = 100;

  // Out: only where async_invoke is overloaded or a template.
  template <class Out = void, class T, class F>
  static auto ordered_wait(const DataStream<T>& in, F function, Timeout timeout,
                           int capacity = default_capacity) {
    return add<Out>(in, std::move(function), detail::AsyncOrder::ordered, timeout, capacity,
                    detail::NoRetry{});
  }
  template <class Out = void, class T, class F>
  static auto unordered_wait(const DataStream<T>& in, F function, Timeout timeout,
                             int capacity = default_capacity) {
    return add<Out>(in, std::move(function), detail::AsyncOrder::unordered, timeout, capacity,
                    detail::NoRetry{});
  }
  template <class Out = void, class T, class F, class R>
  static auto ordered_wait_with_retry(const DataStream<T>& in, F function, Timeout timeout,
                                      int capacity, const AsyncRetryStrategy<R>& retry) {
    return add<Out>(in, std::move(function), detail::AsyncOrder::ordered, timeout, capacity, retry);
  }
  template <class Out = void, class T, class F, class R>
  static auto ordered_wait_with_retry(const DataStream<T>& in, F function, Timeout timeout,
                                      const AsyncRetryStrategy<R>& retry) {
    return ordered_wait_with_retry<Out>(in, std::move(function), timeout, default_capacity, retry);
  }
  template <class Out = void, class T, class F, class R>
  static auto unordered_wait_with_retry(const DataStream<T>& in, F function, Timeout timeout,
                                        int capacity, const AsyncRetryStrategy<R>& retry) {
    return add<Out>(in, std::move(function), detail::AsyncOrder::unordered, timeout, capacity,
                    retry);
  }
  template <class Out = void, class T, class F, class R>
  static auto unordered_wait_with_retry(const DataStream<T>& in, F function, Timeout timeout,
                                        const AsyncRetryStrategy<R>& retry) {
    return unordered_wait_with_retry<Out>(in, std::move(function), timeout, default_capacity,
                                          retry);
  }

 private:
  template <class Out, class T, class F, class Retry>
  static auto add(const DataStream<T>& in, F function, detail::AsyncOrder order, Timeout timeout,
                  int capacity, const Retry& retry) {
    return detail::add_async_wait<Out, T>(in.stream_node(), std::move(function),
                                          detail::async_settings(order, timeout, capacity), retry);
  }
};

}  // namespace flink
