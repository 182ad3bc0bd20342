// SPDX-License-Identifier: Apache-2.0
// The standard headers that most files of core, codegen and tools use, precompiled once
// (FlinkPrecompiled.cmake). Nothing of the project: a change here compiles everything again.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>
