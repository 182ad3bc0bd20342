// SPDX-License-Identifier: Apache-2.0
#include <flink/types/record_type.h>

namespace flink::detail {

template class RecordTypeOf<std::string_view>;
template class RecordTypeOf<std::string>;

}  // namespace flink::detail
