// SPDX-License-Identifier: Apache-2.0
// How a source makes watermarks (Flink, "Generating Watermarks"). For now: not at all; a bounded
// source still ends with the greatest watermark.
#pragma once

namespace flink {

template <class T>
class WatermarkStrategy {
 public:
  static WatermarkStrategy no_watermarks() { return WatermarkStrategy{}; }

 private:
  WatermarkStrategy() = default;
};

}  // namespace flink
