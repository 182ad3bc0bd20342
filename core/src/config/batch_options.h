// SPDX-License-Identifier: Apache-2.0
// The options of bounded jobs; part of options.h, which says what a new one needs.
#pragma once

#include "config/option.h"

namespace flink::config::options {

inline constexpr ConfigOption<std::string> runtime_mode{
    {.key = "execution.runtime-mode",
     .default_text = "STREAMING",
     .choices = "STREAMING,BATCH,AUTOMATIC",
     .description = "STREAMING runs everything at once; BATCH (--batch) runs a job whose sources "
                    "all end one stage after another, without checkpoints; AUTOMATIC: BATCH where "
                    "all sources end."}};
inline constexpr ConfigOption<std::string> batch_shuffle_mode{
    {.key = "execution.batch-shuffle-mode",
     .default_text = "ALL_EXCHANGES_BLOCKING",
     .choices = "ALL_EXCHANGES_BLOCKING,ALL_EXCHANGES_PIPELINED",
     .description =
         "In BATCH: whether a stage begins when what it reads has been written, to local files, "
         "or all of them run at the same time.",
     .note = "Flink's two hybrid modes are not there."}};
inline constexpr ConfigOption<std::string> compression_codec{
    {.key = "taskmanager.network.compression.codec",
     .default_text = "LZ4",
     .choices = "LZ4,ZSTD,NONE",
     .description = "How the files of blocking exchanges are compressed.",
     .note = "Flink has LZO too."}};

}  // namespace flink::config::options
