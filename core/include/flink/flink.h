// SPDX-License-Identifier: Apache-2.0
// Everything a job needs. Standard headers only, so that it compiles in well under a second.
#pragma once

#include <flink/api/stream_ends.h>
#include <flink/async_data_stream.h>
#include <flink/broadcast_connected_stream.h>
#include <flink/connected_streams.h>
#include <flink/connectors/blackhole_sink.h>
#include <flink/connectors/data_generator_source.h>
#include <flink/connectors/file/file_sink.h>
#include <flink/connectors/file/file_source.h>
#include <flink/connectors/print_sink.h>
#include <flink/connectors/socket/socket_sink.h>
#include <flink/data_stream.h>
#include <flink/environment.h>
#include <flink/interval_join.h>
#include <flink/job_main.h>
#include <flink/joined_streams.h>
#include <flink/keyed_stream.h>
#include <flink/operator_list.h>
#include <flink/state.h>
#include <flink/text.h>
#include <flink/windowed_stream.h>
