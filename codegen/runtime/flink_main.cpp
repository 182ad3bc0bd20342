// SPDX-License-Identifier: Apache-2.0
// The main of a job: flinkc links it, prebuilt, with the user's define_job.
#include <flink/job_main.h>

void define_job(flink::StreamExecutionEnvironment& env);

int main(int argc, char** argv) { return flink::run_job(argc, argv, define_job); }
