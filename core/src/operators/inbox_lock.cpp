// SPDX-License-Identifier: Apache-2.0
// The lock of AsyncInbox, so that jobs need not compile <mutex>.
#include <flink/result_future.h>

#include <mutex>

namespace flink::detail {

struct InboxLock::Mutex : std::mutex {};

InboxLock::InboxLock() : mutex_(std::make_unique<Mutex>()) {}
InboxLock::~InboxLock() = default;
void InboxLock::lock() const { mutex_->lock(); }
void InboxLock::unlock() const { mutex_->unlock(); }

}  // namespace flink::detail
