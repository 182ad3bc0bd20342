// SPDX-License-Identifier: Apache-2.0
// Every option that does something here, with Flink's key and default. docs/options.md is printed
// from this table. A new option is a constant here and a line in option_table.cpp (a test compares
// the two counts with docs/options.md).
#pragma once

#include "config/batch_options.h"
#include "config/checkpoint_options.h"
#include "config/option.h"

namespace flink::config::options {

// --- The job -------------------------------------------------------------------------------------
inline constexpr ConfigOption<std::int32_t> parallelism_default{
    {.key = "parallelism.default",
     .default_text = "1",
     .least = 1,
     .most = 32768,
     .description = "Parallelism of operators that do not set their own (-p)."}};
inline constexpr ConfigOption<std::int32_t> pipeline_max_parallelism{
    {.key = "pipeline.max-parallelism",
     .default_text = "-1",
     .least = -1,
     .most = 32768,
     .description = "Number of key groups, the most a job can be scaled to; -1: derived from the "
                    "parallelism by Flink's rule, at least 128."}};
inline constexpr ConfigOption<StringMap> restored_max_parallelism{
    {.key = "flinkc.restored-max-parallelism",
     .description =
         "What operators had in the savepoint or checkpoint that the job goes on from, by "
         "operator id: taken over where nobody sets another. Set by the job itself."}};
inline constexpr ConfigOption<std::string> pipeline_name{
    {.key = "pipeline.name", .description = "Name of the job; execute(name) in code wins."}};
inline constexpr ConfigOption<bool> operator_chaining{
    {.key = "pipeline.operator-chaining.enabled",
     .default_text = "true",
     .older_keys = "pipeline.operator-chaining",
     .description = "Whether operators that can run in one task are put into one."}};
inline constexpr ConfigOption<bool> buffer_timeout_enabled{
    {.key = "execution.buffer-timeout.enabled",
     .default_text = "true",
     .description =
         "Whether a partly filled batch is sent after the buffer timeout; false: only when "
         "it is full or its source has nothing more to read."}};
inline constexpr ConfigOption<Duration> buffer_timeout{
    {.key = "execution.buffer-timeout.interval",
     .default_text = "100 ms",
     .older_keys = "execution.buffer-timeout",
     .any_value = "0: at once",
     .description =
         "Longest time that a partly filled batch waits before it is sent; 0: send at once.",
     .note = "A batch is also sent as soon as its source has nothing more to read."}};
inline constexpr ConfigOption<Duration> auto_watermark_interval{
    {.key = "pipeline.auto-watermark-interval",
     .default_text = "200 ms",
     .any_value = "0: never",
     .description = "How often periodic watermark generators are asked; 0: never."}};
inline constexpr ConfigOption<bool> allow_unaligned_source_splits{
    {.key = "pipeline.watermark-alignment.allow-unaligned-source-splits",
     .default_text = "false",
     .description =
         "Whether a source with watermark alignment may have a reader of several splits that "
         "cannot pause some of them; they are not aligned then."}};
inline constexpr ConfigOption<MemorySize> record_bytes_max{
    {.key = "flinkc.record-bytes-max",
     .default_text = "64 mb",
     .older_keys = "record_bytes_max",
     .least_text = "1 kb",
     .most_text = "1 gb",
     .description =
         "Largest serialized record, and longest line of a text file; a longer one fails "
         "its task."}};
inline constexpr ConfigOption<std::int32_t> committer_retries{
    {.key = "sink.committer.retries",
     .default_text = "10",
     .least = 0,
     .description = "How often a sink's commit that failed is tried again before the job fails."}};
inline constexpr ConfigOption<std::string> working_directory{
    {.key = "flinkc.working-directory",
     .description = "Where relative paths of sources, sinks, checkpoints and savepoints begin.",
     .note = "Not set: the directory in which the JobManager was started."}};
inline constexpr ConfigOption<bool> file_sink_overwrite{
    {.key = "flinkc.file-sink.overwrite",
     .default_text = "false",
     .description =
         "Whether file sinks may write into directories that hold the results of earlier "
         "jobs; these are removed once the job is committed."}};

// --- Restarts ------------------------------------------------------------------------------------
inline constexpr ConfigOption<std::string> restart_strategy_type{
    {.key = "restart-strategy.type",
     .older_keys = "restart-strategy",
     .choices = "none,off=none,disable=none,fixed-delay,fixeddelay=fixed-delay,exponential-delay,"
                "exponentialdelay=exponential-delay,failure-rate,failurerate=failure-rate",
     .description = "What happens when a task fails; not set: exponential-delay when checkpoints "
                    "are taken, else none."}};
inline constexpr ConfigOption<std::int32_t> fixed_delay_attempts{
    {.key = "restart-strategy.fixed-delay.attempts",
     .default_text = "1",
     .least = 0,
     .description = "Restarts before the job fails."}};
inline constexpr ConfigOption<Duration> fixed_delay_delay{
    {.key = "restart-strategy.fixed-delay.delay",
     .default_text = "1 s",
     .any_value = "0: at once",
     .description = "Pause before each restart."}};
inline constexpr ConfigOption<Duration> exponential_initial_backoff{
    {.key = "restart-strategy.exponential-delay.initial-backoff",
     .default_text = "1 s",
     .least_text = "1 ms",
     .description = "Pause before the first restart."}};
inline constexpr ConfigOption<Duration> exponential_max_backoff{
    {.key = "restart-strategy.exponential-delay.max-backoff",
     .default_text = "1 min",
     .least_text = "1 ms",
     .description = "Longest pause between restarts."}};
inline constexpr ConfigOption<double> exponential_multiplier{
    {.key = "restart-strategy.exponential-delay.backoff-multiplier",
     .default_text = "1.5",
     .least = 1,
     .description = "Factor by which the pause grows after each failure."}};
inline constexpr ConfigOption<Duration> exponential_reset_threshold{
    {.key = "restart-strategy.exponential-delay.reset-backoff-threshold",
     .default_text = "1 h",
     .least_text = "1 ms",
     .description = "Time without a failure after which the pause is the initial one again."}};
inline constexpr ConfigOption<double> exponential_jitter{
    {.key = "restart-strategy.exponential-delay.jitter-factor",
     .default_text = "0.1",
     .least = 0,
     .most = 1,
     .description = "Share of the pause that is added or taken away at random."}};
inline constexpr ConfigOption<std::int32_t> exponential_attempts{
    {.key = "restart-strategy.exponential-delay.attempts-before-reset-backoff",
     .default_text = "2147483647",
     .least = 0,
     .description = "Failures in a row before the job fails for good."}};
inline constexpr ConfigOption<std::int32_t> failure_rate_max{
    {.key = "restart-strategy.failure-rate.max-failures-per-interval",
     .default_text = "1",
     .least = 0,
     .description = "Failures within the interval that are still answered with a restart."}};
inline constexpr ConfigOption<Duration> failure_rate_interval{
    {.key = "restart-strategy.failure-rate.failure-rate-interval",
     .default_text = "1 min",
     .least_text = "1 ms",
     .description = "The interval in which failures are counted."}};
inline constexpr ConfigOption<Duration> failure_rate_delay{
    {.key = "restart-strategy.failure-rate.delay",
     .default_text = "1 s",
     .any_value = "0: at once",
     .description = "Pause before each restart."}};
inline constexpr ConfigOption<std::string> failover_strategy{
    {.key = "jobmanager.execution.failover-strategy",
     .default_text = "region",
     .choices = "region,full",
     .description = "What restarts with a failed task: its pipelined region, or the whole job."}};

// --- The processes -------------------------------------------------------------------------------
inline constexpr ConfigOption<std::int32_t> taskmanagers{
    {.key = "flinkc.taskmanagers",
     .default_text = "1",
     .least = 1,
     .most = 32768,
     .description = "TaskManager processes that a job starts for itself (--taskmanagers)."}};
inline constexpr ConfigOption<std::int32_t> task_slots{
    {.key = "taskmanager.numberOfTaskSlots",
     .default_text = "1",
     .least = 1,
     .most = 32768,
     .description = "Slots of a TaskManager, one thread each (--slots)."}};
inline constexpr ConfigOption<MemorySize> process_size{
    {.key = "taskmanager.memory.process.size",
     .default_text = "1728m",
     .any_value = "its parts must fit",
     .description =
         "The memory budget of a TaskManager process. It is split into framework, network, "
         "managed and user memory.",
     .note = "A budget, not a reservation. The default is what Flink's config.yaml ships."}};
inline constexpr ConfigOption<MemorySize> framework_size{
    {.key = "taskmanager.memory.framework.off-heap.size",
     .default_text = "32 mb",
     .any_value = "must fit into the whole",
     .description = "What the TaskManager itself needs.",
     .note = "Flink's default is 128 mb, and as much again on the heap."}};
inline constexpr ConfigOption<double> network_fraction{
    {.key = "taskmanager.memory.network.fraction",
     .default_text = "0.1",
     .older_keys = "taskmanager.network.memory.fraction",
     .least = 0,
     .most = 1,
     .description = "Share of the budget for batches on their way between tasks."}};
inline constexpr ConfigOption<MemorySize> network_min{
    {.key = "taskmanager.memory.network.min",
     .default_text = "64 mb",
     .older_keys = "taskmanager.network.memory.min",
     .least_text = "256 kb",
     .description = "Least network memory."}};
inline constexpr ConfigOption<MemorySize> network_max{
    {.key = "taskmanager.memory.network.max",
     .default_text = "9223372036854775807 bytes",
     .older_keys = "taskmanager.network.memory.max",
     .least_text = "256 kb",
     .description = "Most network memory."}};
inline constexpr ConfigOption<double> managed_fraction{
    {.key = "taskmanager.memory.managed.fraction",
     .default_text = "0.4",
     .least = 0,
     .most = 1,
     .description = "Share of the budget for state and sorting."}};
inline constexpr ConfigOption<MemorySize> managed_size{
    {.key = "taskmanager.memory.managed.size",
     .older_keys = "taskmanager.memory.size",
     .any_value = "0: as little as works",
     .description = "Managed memory as a size; wins over the fraction."}};
inline constexpr ConfigOption<MemorySize> segment_size{
    {.key = "taskmanager.memory.segment-size",
     .default_text = "32 kb",
     .least_text = "256 bytes",
     .most_text = "16 mb",
     .description = "Size of a frame between processes, the unit of network memory."}};
inline constexpr ConfigOption<Duration> heartbeat_interval{
    {.key = "heartbeat.interval",
     .default_text = "10 s",
     .least_text = "1 ms",
     .description = "Time between heartbeats of JobManager and TaskManagers."}};
inline constexpr ConfigOption<Duration> heartbeat_timeout{
    {.key = "heartbeat.timeout",
     .default_text = "50 s",
     .least_text = "10 ms",
     .description = "A process is lost when no heartbeat came for so long."}};
inline constexpr ConfigOption<std::int32_t> heartbeat_failure_threshold{
    {.key = "heartbeat.rpc-failure-threshold",
     .default_text = "2",
     .least = -1,
     .description =
         "Heartbeats in a row that cannot be sent before the process is lost; -1: only the "
         "timeout counts."}};
inline constexpr ConfigOption<Duration> cancellation_interval{
    {.key = "task.cancellation.interval",
     .default_text = "30 s",
     .older_keys = "task.cancellation-interval",
     .least_text = "1 ms",
     .description = "Time between two attempts to cancel a task that does not end."}};
inline constexpr ConfigOption<Duration> cancellation_timeout{
    {.key = "task.cancellation.timeout",
     .default_text = "3 min",
     .any_value = "0: never",
     .description = "A task that does not end on cancel for so long ends its process; 0: never."}};
inline constexpr ConfigOption<Duration> slot_request_timeout{
    {.key = "slot.request.timeout",
     .default_text = "5 min",
     .least_text = "1 ms",
     .description = "How long a job waits for the slots it needs."}};
inline constexpr ConfigOption<Duration> taskmanager_registration_timeout{
    {.key = "taskmanager.registration.timeout",
     .default_text = "5 min",
     .older_keys = "taskmanager.maxRegistrationDuration",
     .least_text = "1 ms",
     .description = "A TaskManager ends when it could not register for so long."}};
inline constexpr ConfigOption<Duration> registration_initial_timeout{
    {.key = "cluster.registration.initial-timeout",
     .default_text = "100 ms",
     .least_text = "1 ms",
     .description =
         "Pause after the first attempt to register that failed; it doubles with each."}};
inline constexpr ConfigOption<Duration> registration_error_delay{
    {.key = "cluster.registration.error-delay",
     .default_text = "10 s",
     .least_text = "1 ms",
     .description = "Longest pause between two attempts to register."}};
inline constexpr ConfigOption<MemorySize> task_stack_size{
    {.key = "flinkc.task.stack-size",
     .default_text = "8 mb",
     .least_text = "256 kb",
     .most_text = "1 gb",
     .description = "Stack on which a task runs the job's functions. Address space only: memory is "
                    "taken by the pages that a function has touched.",
     .note = "Flink's tasks are threads of the JVM: -Xss."}};
inline constexpr ConfigOption<std::string> log_dir{
    {.key = "env.log.dir",
     .default_text = "log",
     .description = "Directory of the log files, one a process."}};
inline constexpr ConfigOption<std::string> log_level{
    {.key = "env.log.level",
     .default_text = "INFO",
     .choices = "TRACE,DEBUG,INFO,WARN,WARNING=WARN,ERROR,FATAL=ERROR,OFF",
     .description = "Messages of at least this level are written."}};

// --- Addresses -----------------------------------------------------------------------------------
inline constexpr ConfigOption<std::string> rpc_address{
    {.key = "jobmanager.rpc.address",
     .default_text = "localhost",
     .description = "Host at which TaskManagers find the JobManager."}};
inline constexpr ConfigOption<std::int32_t> rpc_port{
    {.key = "jobmanager.rpc.port",
     .default_text = "6123",
     .least = 0,
     .most = 65535,
     .description = "Port at which TaskManagers find the JobManager.",
     .note = "A job that starts its own TaskManagers takes any free port unless this is set."}};
inline constexpr ConfigOption<std::string> jobmanager_bind_host{
    {.key = "jobmanager.bind-host",
     .default_text = "localhost",
     .description = "Address on which the JobManager listens; 0.0.0.0: all.",
     .note = "Loopback unless configured."}};
inline constexpr ConfigOption<std::string> taskmanager_host{
    {.key = "taskmanager.host",
     .default_text = "localhost",
     .description = "Host at which other TaskManagers find this one."}};
inline constexpr ConfigOption<std::string> taskmanager_bind_host{
    {.key = "taskmanager.bind-host",
     .default_text = "localhost",
     .description = "Address on which a TaskManager listens; 0.0.0.0: all.",
     .note = "Loopback unless configured."}};
inline constexpr ConfigOption<std::int32_t> data_port{
    {.key = "taskmanager.data.port",
     .default_text = "0",
     .least = 0,
     .most = 65535,
     .description = "Port of a TaskManager for data; 0: any free one."}};

// --- REST ----------------------------------------------------------------------------------------
inline constexpr ConfigOption<std::int32_t> rest_port{
    {.key = "rest.port",
     .default_text = "8081",
     .older_keys = "web.port",
     .least = 0,
     .most = 65535,
     .description =
         "Port under which clients find the REST endpoint, and on which it listens unless "
         "rest.bind-port is set."}};
inline constexpr ConfigOption<PortRange> rest_bind_port{
    {.key = "rest.bind-port",
     .default_text = "8081-8180",
     .older_keys = "jobmanager.web.port",
     .fallback_keys = "rest.port",
     .any_value = "ports are bounded by their syntax",
     .description =
         "Port or ports on which the REST endpoint tries to listen; the first free one is "
         "taken and printed.",
     .note = "Flink's default is 8081 alone, so that a second cluster on a machine fails."}};
inline constexpr ConfigOption<std::string> rest_bind_address{
    {.key = "rest.bind-address",
     .default_text = "localhost",
     .older_keys = "web.address,jobmanager.web.address",
     .description = "Address on which the REST endpoint listens; 0.0.0.0: all.",
     .note = "There is no authentication: whoever reaches the address can cancel the job."}};
inline constexpr ConfigOption<std::int32_t> rest_max_content_length{
    {.key = "rest.server.max-content-length",
     .default_text = "104857600",
     .least = 1024,
     .description = "Largest request body in bytes."}};
inline constexpr ConfigOption<Duration> web_refresh_interval{
    {.key = "web.refresh-interval",
     .default_text = "3 s",
     .older_keys = "jobmanager.web.refresh-interval",
     .least_text = "1 ms",
     .description = "How often a dashboard asks again; told to it by /config."}};
inline constexpr ConfigOption<bool> web_cancel{
    {.key = "web.cancel.enable",
     .default_text = "true",
     .description = "Whether a dashboard offers to cancel jobs; told to it by /config."}};
inline constexpr ConfigOption<std::string> web_allow_origin{
    {.key = "web.access-control-allow-origin",
     .older_keys = "jobmanager.web.access-control-allow-origin",
     .description = "Value of the Access-Control-Allow-Origin header of REST's answers.",
     .note =
         "Flink's default is *, which lets any page in a browser read a cluster on this machine."}};
inline constexpr ConfigOption<std::int32_t> exception_history_size{
    {.key = "web.exception-history-size",
     .default_text = "16",
     .least = 1,
     .description = "Failures of a job that REST remembers."}};

}  // namespace flink::config::options
