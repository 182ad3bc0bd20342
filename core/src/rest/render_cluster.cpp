// SPDX-License-Identifier: Apache-2.0
// The cluster's documents: overview, lists of jobs, TaskManagers.
#include <algorithm>

#include "rest/render.h"

namespace flink::rest {
namespace {

constexpr std::uint64_t mebibyte = 1u << 20;

// The memory of `slots` of a TaskManager's slots.
void render_resource(JsonWriter& json, const TaskManagerView& taskmanager, std::int32_t slots) {
  const auto part = [&](std::uint64_t bytes) {
    if (taskmanager.slots <= 0) return std::uint64_t{0};
    const auto all = static_cast<std::uint64_t>(taskmanager.slots);
    return bytes / all * static_cast<std::uint64_t>(std::max(slots, 0)) / mebibyte;
  };
  json.begin_object();
  json.member("cpuCores", static_cast<double>(slots));
  json.member("taskHeapMemory", part(taskmanager.memory.user));
  json.member("taskOffHeapMemory", 0);
  json.member("managedMemory", part(taskmanager.memory.managed));
  json.member("networkMemory", part(taskmanager.memory.network));
  json.key("extendedResources").begin_object().end_object();
  json.end_object();
}

std::int32_t free_slots(const TaskManagerView& taskmanager) {
  return std::max(0, taskmanager.slots - static_cast<std::int32_t>(taskmanager.allocated.size()));
}

// What the list and the page of one TaskManager share.
void render_taskmanager_members(JsonWriter& json, const TaskManagerView& taskmanager) {
  std::int32_t assigned = 0;
  for (const auto& slot : taskmanager.allocated) assigned += slot.assigned_tasks;
  const auto& memory = taskmanager.memory;
  json.member("id", taskmanager.id).member("path", taskmanager.path);
  json.member("dataPort", taskmanager.data_port).member("jmxPort", -1);
  json.member("timeSinceLastHeartbeat", taskmanager.last_heartbeat);
  json.member("slotsNumber", taskmanager.slots).member("freeSlots", free_slots(taskmanager));
  json.member("assignedTasks", assigned);
  render_resource(json.key("totalResource"), taskmanager, taskmanager.slots);
  render_resource(json.key("freeResource"), taskmanager, free_slots(taskmanager));
  json.key("hardware").begin_object().member("cpuCores", taskmanager.cpu_cores);
  json.member("physicalMemory", taskmanager.physical_memory);
  json.member("freeMemory", memory.process > taskmanager.resident_memory
                                ? memory.process - taskmanager.resident_memory
                                : 0);
  json.member("managedMemory", memory.managed).end_object();
  json.key("memoryConfiguration").begin_object();
  json.member("frameworkHeap", memory.framework).member("taskHeap", memory.user);
  json.member("frameworkOffHeap", 0).member("taskOffHeap", 0);
  json.member("networkMemory", memory.network).member("managedMemory", memory.managed);
  json.member("jvmMetaspace", 0).member("jvmOverhead", 0);
  json.member("totalFlinkMemory", memory.process).member("totalProcessMemory", memory.process);
  json.end_object();
}

// What only the JVM has is 0 or -1.
void render_taskmanager_metrics(JsonWriter& json, const TaskManagerView& taskmanager) {
  const auto& memory = taskmanager.memory;
  json.begin_object();
  json.member("heapUsed", taskmanager.resident_memory);
  json.member("heapCommitted", taskmanager.resident_memory).member("heapMax", memory.process);
  for (const char* name : {"nonHeapUsed", "nonHeapCommitted"}) json.member(name, 0);
  json.member("nonHeapMax", -1);
  for (const char* name : {"directCount", "directUsed", "directMax", "mappedCount", "mappedUsed",
                           "mappedMax", "nettyShuffleMemorySegmentsAvailable",
                           "nettyShuffleMemorySegmentsUsed", "nettyShuffleMemorySegmentsTotal"}) {
    json.member(name, 0);
  }
  json.member("nettyShuffleMemoryAvailable", memory.network).member("nettyShuffleMemoryUsed", 0);
  json.member("nettyShuffleMemoryTotal", memory.network);
  json.key("garbageCollectors").begin_array().end_array();
  json.end_object();
}

void render_job_overview(JsonWriter& json, const JobView& job, Millis now) {
  std::vector<const AttemptView*> all;
  Millis last_modification = 0;
  for (const auto& vertex : job.vertices) {
    for (const auto& attempt : vertex.subtasks) {
      all.push_back(&attempt);
      last_modification = std::max(last_modification, time_of(attempt.timestamps, attempt.state));
    }
  }
  if (last_modification == 0) last_modification = time_of(job.timestamps, job.state);
  last_modification = std::max(last_modification, job.end_time);
  const auto count = [&](std::string_view state) {
    return std::count_if(all.begin(), all.end(),
                         [&](const AttemptView* attempt) { return attempt->state == state; });
  };
  json.begin_object().member("jid", job.id).member("name", job.name).member("jobType", job.type);
  json.member("schedulerType", "Default").member("start-time", job.start_time);
  json.member("end-time", job.end_time);
  json.member("duration", (job.end_time > 0 ? job.end_time : now) - job.start_time);
  json.member("state", job.state).member("last-modification", last_modification);
  json.key("tasks").begin_object().member("running", count("RUNNING"));
  json.member("canceling", count("CANCELING")).member("canceled", count("CANCELED"));
  json.member("total", all.size()).member("created", count("CREATED"));
  json.member("scheduled", count("SCHEDULED")).member("deploying", count("DEPLOYING"));
  json.member("reconciling", count("RECONCILING")).member("finished", count("FINISHED"));
  json.member("initializing", count("INITIALIZING")).member("failed", count("FAILED")).end_object();
  json.member("pending-operators", 0).end_object();
}

}  // namespace

void render_overview(JsonWriter& json, const ClusterView& view, const RestInfo& info) {
  const auto taskmanagers = view.taskmanagers();
  std::int64_t slots = 0, available = 0, running = 0, finished = 0, cancelled = 0, failed = 0;
  for (const auto& taskmanager : taskmanagers) {
    slots += taskmanager.slots;
    available += free_slots(taskmanager);
  }
  for (const auto& id : view.job_ids()) {
    const auto job = view.job(id);
    if (!job) continue;
    (job->state == "FINISHED"   ? finished
     : job->state == "CANCELED" ? cancelled
     : job->state == "FAILED"   ? failed
                                : running)++;
  }
  json.begin_object().member("taskmanagers", taskmanagers.size()).member("slots-total", slots);
  json.member("slots-available", available).member("jobs-running", running);
  json.member("jobs-finished", finished).member("jobs-cancelled", cancelled);
  json.member("jobs-failed", failed).member("flink-version", info.version);
  json.member("flink-commit", info.revision.substr(0, 7)).end_object();
}

void render_dashboard_config(JsonWriter& json, const RestInfo& info) {
  json.begin_object().member("refresh-interval", info.refresh_interval_ms);
  json.member("timezone-name", info.timezone_name);
  json.member("timezone-offset", info.timezone_offset_ms);
  json.member("flink-version", info.version).member("flink-revision", info.revision);
  json.key("features").begin_object().member("web-submit", false);
  json.member("web-cancel", info.cancel_enabled).member("web-rescale", false);
  json.member("web-history", false).end_object().end_object();
}

void render_jobs(JsonWriter& json, const ClusterView& view) {
  json.begin_object().key("jobs").begin_array();
  for (const auto& id : view.job_ids()) {
    const auto job = view.job(id);
    if (job) json.begin_object().member("id", job->id).member("status", job->state).end_object();
  }
  json.end_array().end_object();
}

void render_jobs_overview(JsonWriter& json, const ClusterView& view) {
  json.begin_object().key("jobs").begin_array();
  for (const auto& id : view.job_ids()) {
    if (const auto job = view.job(id)) render_job_overview(json, *job, view.now());
  }
  json.end_array().end_object();
}

void render_configuration(JsonWriter& json, const ClusterView& view) {
  json.begin_array();
  for (const auto& [key, value] : view.configuration()) {
    json.begin_object().member("key", key).member("value", value).end_object();
  }
  json.end_array();
}

void render_taskmanagers(JsonWriter& json, const ClusterView& view) {
  json.begin_object().key("taskmanagers").begin_array();
  for (const auto& taskmanager : view.taskmanagers()) {
    json.begin_object();
    render_taskmanager_members(json, taskmanager);
    json.end_object();
  }
  json.end_array().end_object();
}

void render_taskmanager(JsonWriter& json, const TaskManagerView& taskmanager) {
  json.begin_object();
  render_taskmanager_members(json, taskmanager);
  json.key("allocatedSlots").begin_array();
  for (const auto& slot : taskmanager.allocated) {
    json.begin_object().member("jobId", slot.job_id);
    render_resource(json.key("resource"), taskmanager, 1);
    json.member("assignedTasks", slot.assigned_tasks).end_object();
  }
  json.end_array();
  render_taskmanager_metrics(json.key("metrics"), taskmanager);
  json.end_object();
}

}  // namespace flink::rest
