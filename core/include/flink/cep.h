// SPDX-License-Identifier: Apache-2.0
// Complex event processing: patterns over streams (Flink, "FlinkCEP"; docs/cep.md). Beside
// <flink/flink.h>.
#pragma once

#include <flink/cep/pattern_stream.h>
