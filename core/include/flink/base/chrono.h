// SPDX-License-Identifier: Apache-2.0
// Durations, time points, clocks and literals without the calendar and the streams that <chrono>
// brings along: those are a tenth of what compiling a job's headers takes. A job that wants them
// includes <chrono>.
#pragma once

#include <cstdint>

#if defined(_GLIBCXX_RELEASE) && _GLIBCXX_RELEASE >= 12
#include <bits/chrono.h>
#else
#include <chrono>
#endif
