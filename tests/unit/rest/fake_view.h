// SPDX-License-Identifier: Apache-2.0
// A cluster made up for tests: two TaskManagers and one job of two vertices in a chosen state.
#pragma once

#include <string>

#include "rest/cluster_view.h"

namespace flink::rest {

inline constexpr const char* fake_job_id = "1890513cbf1a47dd44f32dc2ec98426d";
inline constexpr const char* fake_source_id = "eae5c6d2bc3e7d57a36526fbb842351e";
inline constexpr const char* fake_sink_id = "b71731f1c0df9c3076c4a455334d0ad6";
inline constexpr Millis fake_start = 1'795'403'212'041;

inline AttemptView fake_attempt(std::int32_t subtask, const std::string& state) {
  AttemptView attempt;
  attempt.subtask = subtask;
  attempt.state = state;
  attempt.endpoint = subtask % 2 == 0 ? "localhost:36553" : "localhost:41109";
  attempt.taskmanager_id = subtask % 2 == 0 ? "localhost:42505-4c26c5" : "localhost:40509-923db7";
  attempt.timestamps = {{"CREATED", fake_start + 10},
                        {"SCHEDULED", fake_start + 72},
                        {"DEPLOYING", fake_start + 385},
                        {"INITIALIZING", fake_start + 1028},
                        {"RUNNING", fake_start + 1450}};
  if (state != "RUNNING") attempt.timestamps.push_back({state, fake_start + 10'000});
  attempt.io.write_records = static_cast<std::uint64_t>(29'088 + subtask * 15);
  attempt.io.busy_ms = 1100;
  attempt.metrics = {
      {"busyTimeMsPerSecond", 88.25}, {"numRecordsInPerSecond", subtask}, {"numRecordsOut", 29103}};
  return attempt;
}

class FakeView final : public ClusterView {
 public:
  explicit FakeView(const std::string& state) {
    if (state == "empty") return;
    JobView job;
    job.id = fake_job_id;
    job.name = "Fixture run";
    job.state = state == "failed" ? "FAILED" : state == "finished" ? "FINISHED" : "RUNNING";
    job.start_time = fake_start;
    job.end_time = job.state == "RUNNING" ? -1 : fake_start + 10'000;
    job.parallelism = 4;
    job.restart_strategy = "Cluster level default restart strategy";
    job.timestamps = {{"INITIALIZING", fake_start}, {"CREATED", fake_start + 5}};
    for (const char* id : {fake_source_id, fake_sink_id}) {
      VertexView vertex;
      vertex.id = id;
      vertex.name = id == fake_source_id ? "Source: lines -> split" : "count -> discard: Writer";
      vertex.slot_sharing_group_id = "8c23c7f02a79a89ab8508e934ff6245e";
      vertex.parallelism = 4;
      vertex.max_parallelism = 128;
      for (std::int32_t i = 0; i < 4; ++i) vertex.subtasks.push_back(fake_attempt(i, job.state));
      if (id == fake_sink_id) {
        const double watermarks[] = {1795403232811.0, -0x1p63, 0x1p63, 0};
        for (auto& task : vertex.subtasks) {
          const double watermark = watermarks[task.subtask];
          task.metrics.emplace_back("count.currentInputWatermark", watermark);
          task.metrics.emplace_back("currentInputWatermark", watermark);
        }
      }
      vertex.former.push_back(fake_attempt(1, "FAILED"));
      vertex.subtasks[1].attempt = 1;
      job.vertices.push_back(vertex);
    }
    job.plan = {
        {fake_sink_id, 4, "count<br/>+- discard: Writer<br/>", {{fake_source_id, 0, "HASH"}}},
        {fake_source_id, 4, "Source: lines<br/>+- split<br/>", {}}};
    if (state == "failed") add_failure(job);
    jobs.push_back(job);
    for (const char* id : {"localhost:40509-923db7", "localhost:42505-4c26c5"}) {
      TaskManagerView taskmanager;
      taskmanager.id = id;
      taskmanager.path = "localhost:40509";
      taskmanager.data_port = 41109;
      taskmanager.last_heartbeat = fake_start;
      taskmanager.slots = 2;
      taskmanager.allocated = {{fake_job_id, 2}, {fake_job_id, 2}};
      taskmanager.cpu_cores = 2;
      taskmanager.memory = {1728u << 20, 32u << 20, 128u << 20, 512u << 20, 1056u << 20};
      managers.push_back(taskmanager);
    }
  }

  Millis now() const override { return fake_start + 21'340; }
  std::vector<std::string> job_ids() const override {
    std::vector<std::string> ids;
    for (const auto& job : jobs) ids.push_back(job.id);
    return ids;
  }
  std::optional<JobView> job(std::string_view id) const override {
    for (const auto& job : jobs) {
      if (job.id == id) return job;
    }
    return std::nullopt;
  }
  std::vector<TaskManagerView> taskmanagers() const override { return managers; }
  std::vector<std::pair<std::string, std::string>> configuration() const override {
    return {{"rest.port", "8081"}};
  }
  CancelOutcome request_cancel(std::string_view id) override {
    ++cancels;
    for (auto& job : jobs) {
      if (job.id != id) continue;
      if (job.state == "RUNNING") {
        job.state = "CANCELED";
        job.end_time = now();
      }
      return CancelOutcome::accepted;
    }
    --cancels;
    return CancelOutcome::unknown;
  }

  std::vector<JobView> jobs;
  std::vector<TaskManagerView> managers;
  int cancels = 0;

 private:
  static void add_failure(JobView& job) {
    ExceptionView cause{"user",
                        "user: boom",
                        fake_start + 9'000,
                        "Source: lines -> split (1/4)",
                        "localhost:41109",
                        "localhost:40509-923db7",
                        {}};
    ExceptionView global{"JobException", "Recovery is suppressed", fake_start + 10'000, "", "", "",
                         {cause}};
    job.exceptions = {global, cause};
  }
};

}  // namespace flink::rest
