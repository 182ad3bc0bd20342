// SPDX-License-Identifier: Apache-2.0
// References that every job has, compiled here for all.
#include <flink/base/buffer.h>

namespace flink {

template class Ref<RefCounted>;
template class Ref<Buffer>;

}  // namespace flink
