// SPDX-License-Identifier: Apache-2.0
// The options of checkpoints, savepoints and recovery; part of options.h, which says what a new one
// needs.
#pragma once

#include "config/option.h"

namespace flink::config::options {

inline constexpr ConfigOption<Duration> checkpointing_interval{
    {.key = "execution.checkpointing.interval",
     .least_text = "1 ms",
     .description = "Time between two checkpoints; not set: none is taken by itself."}};
inline constexpr ConfigOption<std::string> checkpointing_mode{
    {.key = "execution.checkpointing.mode",
     .default_text = "EXACTLY_ONCE",
     .choices = "EXACTLY_ONCE,AT_LEAST_ONCE",
     .description = "Whether a task waits for the barriers of all its inputs before it takes its "
                    "snapshot; AT_LEAST_ONCE does not, and may count records twice after a "
                    "failure."}};
inline constexpr ConfigOption<Duration> checkpointing_timeout{
    {.key = "execution.checkpointing.timeout",
     .default_text = "10 min",
     .least_text = "10 ms",
     .description = "A checkpoint that is not complete after so long is given up."}};
inline constexpr ConfigOption<Duration> checkpointing_min_pause{
    {.key = "execution.checkpointing.min-pause",
     .default_text = "0 ms",
     .any_value = "0: none",
     .description = "Least time between the end of a checkpoint and the start of the next; more "
                    "than 0: one at a time."}};
inline constexpr ConfigOption<std::int32_t> checkpointing_max_concurrent{
    {.key = "execution.checkpointing.max-concurrent-checkpoints",
     .default_text = "1",
     .least = 1,
     .description = "Checkpoints that may be under way at once."}};
inline constexpr ConfigOption<std::int32_t> checkpointing_tolerable_failures{
    {.key = "execution.checkpointing.tolerable-failed-checkpoints",
     .default_text = "0",
     .least = 0,
     .description = "Checkpoints in a row that may fail before the job restarts."}};
inline constexpr ConfigOption<std::string> checkpointing_retention{
    {.key = "execution.checkpointing.externalized-checkpoint-retention",
     .default_text = "NO_EXTERNALIZED_CHECKPOINTS",
     .choices = "NO_EXTERNALIZED_CHECKPOINTS,DELETE_ON_CANCELLATION,RETAIN_ON_CANCELLATION",
     .description = "What happens to the last checkpoints when the job is cancelled or fails: "
                    "RETAIN_ON_CANCELLATION keeps them, DELETE_ON_CANCELLATION keeps them only "
                    "when it fails."}};
inline constexpr ConfigOption<std::int32_t> checkpointing_num_retained{
    {.key = "execution.checkpointing.num-retained",
     .default_text = "1",
     .older_keys = "state.checkpoints.num-retained",
     .least = 1,
     .description = "Complete checkpoints that are kept."}};
inline constexpr ConfigOption<bool> checkpointing_unaligned{
    {.key = "execution.checkpointing.unaligned.enabled",
     .default_text = "false",
     .older_keys = "execution.checkpointing.unaligned",
     .description = "Whether barriers overtake records, which then are part of the checkpoint: "
                    "checkpoints pass quickly through a job under back-pressure."}};
inline constexpr ConfigOption<Duration> checkpointing_aligned_timeout{
    {.key = "execution.checkpointing.aligned-checkpoint-timeout",
     .default_text = "0 ms",
     .older_keys = "execution.checkpointing.alignment-timeout",
     .any_value = "0: at once",
     .description = "With unaligned checkpoints: a barrier overtakes records only when it is so "
                    "long under way."}};
inline constexpr ConfigOption<std::string> checkpointing_dir{
    {.key = "execution.checkpointing.dir",
     .older_keys = "state.checkpoints.dir,state.backend.fs.checkpointdir",
     .description = "Directory of checkpoints, seen by all processes of the job: "
                    "<dir>/<job-id>/chk-<n>.",
     .note = "Not set: a directory of this user alone below io.tmp.dirs that goes with the job; "
             "Flink keeps them in "
             "the JobManager's memory then."}};
inline constexpr ConfigOption<std::string> savepoint_dir{
    {.key = "execution.checkpointing.savepoint-dir",
     .older_keys = "state.savepoints.dir,savepoints.state.backend.fs.dir",
     .description = "Directory of savepoints whose command names none."}};
inline constexpr ConfigOption<bool> checkpoints_after_tasks_finish{
    {.key = "execution.checkpointing.checkpoints-after-tasks-finish",
     .default_text = "true",
     .older_keys = "execution.checkpointing.checkpoints-after-tasks-finish.enabled",
     .description = "Whether checkpoints go on when some tasks have finished."}};
inline constexpr ConfigOption<bool> checkpointing_incremental{
    {.key = "execution.checkpointing.incremental",
     .default_text = "true",
     .older_keys = "state.backend.incremental",
     .description = "Whether a checkpoint builds on the files of earlier ones; false: each holds "
                    "all state.",
     .note = "Flink's default is false."}};
inline constexpr ConfigOption<MemorySize> checkpointing_data_inline_threshold{
    {.key = "execution.checkpointing.data-inline-threshold",
     .default_text = "20 kb",
     .older_keys = "state.storage.fs.memory-threshold,state.backend.fs.memory-threshold",
     .least_text = "0 b",
     .most_text = "1 mb",
     .description = "State that belongs to no key, and records that barriers overtook, lie in "
                    "_metadata when a subtask has no more of them than that, else in files of "
                    "their own."}};
inline constexpr ConfigOption<std::string> recovery_path{
    {.key = "execution.state-recovery.path",
     .older_keys = "execution.savepoint.path",
     .description = "The savepoint or checkpoint that the job starts from: a directory, or its "
                    "_metadata (--from-savepoint)."}};
inline constexpr ConfigOption<std::string> recovery_claim_mode{
    {.key = "execution.state-recovery.claim-mode",
     .default_text = "NO_CLAIM",
     .older_keys = "execution.savepoint-restore-mode",
     .choices = "NO_CLAIM,CLAIM",
     .description = "Whose files those of that savepoint are: CLAIM: the job's, which deletes them "
                    "when it needs them no more; NO_CLAIM: its first checkpoint copies what it "
                    "needs (--claim-mode)."}};
inline constexpr ConfigOption<bool> recovery_ignore_unclaimed{
    {.key = "execution.state-recovery.ignore-unclaimed-state",
     .default_text = "false",
     .older_keys = "execution.savepoint.ignore-unclaimed-state",
     .description = "Whether state in the savepoint that belongs to no operator of the job is "
                    "dropped rather than refused (--allow-non-restored-state)."}};
inline constexpr ConfigOption<std::string> state_backend_type{
    {.key = "state.backend.type",
     .default_text = "lmdb",
     .older_keys = "state.backend",
     .choices = "lmdb,rocksdb=lmdb,hashmap,filesystem=hashmap,jobmanager=hashmap",
     .description = "Where keyed state lives: hashmap: in memory; lmdb: in memory too, but what "
                    "does not fit is read back from files.",
     .note = "Flink has hashmap (its default) and rocksdb; the latter means lmdb here."}};
inline constexpr ConfigOption<bool> local_backup_enabled{
    {.key = "execution.checkpointing.local-backup.enabled",
     .default_text = "false",
     .older_keys = "execution.state-recovery.from-local,state.backend.local-recovery",
     .description = "Whether a TaskManager keeps the keyed state of the last checkpoint, for tasks "
                    "that come back to it after a failure; checkpoints are written all the same.",
     .note = "One switch for keeping and for using it; Flink has two."}};
inline constexpr ConfigOption<std::string> local_backup_dirs{
    {.key = "execution.checkpointing.local-backup.dirs",
     .older_keys = "taskmanager.state.local.root-dirs",
     .description = "Directory of what is kept so, and of tasks' files of keyed state at all.",
     .note = "Not set: io.tmp.dirs. The first one is used when several are given."}};
inline constexpr ConfigOption<std::string> high_availability_dir{
    {.key = "high-availability.storageDir",
     .older_keys = "high-availability.zookeeper.storageDir,recovery.zookeeper.storageDir",
     .description = "Where a job notes its newest checkpoint for a JobManager that is started "
                    "again (--recover).",
     .note = "Not set: the directory of checkpoints."}};
inline constexpr ConfigOption<std::string> tmp_dirs{
    {.key = "io.tmp.dirs",
     .default_text = "/tmp",
     .older_keys = "taskmanager.tmp.dirs",
     .description = "Directory of temporary files.",
     .note = "Several: blocking exchanges use them in turn, all else the first one."}};

}  // namespace flink::config::options
