// SPDX-License-Identifier: Apache-2.0
#include "channels/channel.h"

#include "fiber/slot_task.h"

namespace flink::channels {

void ChannelWriter::push(Element element) {
  while (!push_some(element)) fiber::SlotTask::current()->suspend(fiber::Wait::output);
}

}  // namespace flink::channels
