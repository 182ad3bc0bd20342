# SPDX-License-Identifier: Apache-2.0
# Compiler, linker and cache settings that every target shares.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)

set(FLINK_SANITIZE "" CACHE STRING "address or thread: builds everything with that sanitizer")
# Symbols are enough for backtraces and perf. CMAKE_FLAGS=-DCMAKE_BUILD_TYPE=RelWithDebInfo for lines.
set(CMAKE_CXX_FLAGS_RELEASE "-O2")
if(FLINK_SANITIZE)
  set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
endif()
set(FLINK_SMALL_FLAGS $<$<CONFIG:Release>:-Os>)  # of modules that are SMALL (FlinkModule.cmake)
# g++ looks for garbage each time its heap has grown by a third; a file here never fills 400 MB.
add_compile_options(--param=ggc-min-heapsize=400000)
# Sections: a job's linker drops what the job does not use.
add_compile_options(-Wall -Wextra -Wno-missing-field-initializers -fstack-clash-protection
                    -fno-omit-frame-pointer -ffunction-sections -fdata-sections)
if(FLINK_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
elseif(FLINK_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread)
  add_link_options(-fsanitize=thread)
endif()

find_program(FLINK_CCACHE ccache)
if(FLINK_CCACHE)
  # What ccache must be told to cache users of precompiled headers, whatever the user's ccache.conf.
  set(CMAKE_CXX_COMPILER_LAUNCHER env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${FLINK_CCACHE})
  add_compile_options(-fpch-preprocess)
endif()
find_program(FLINK_MOLD mold)
if(FLINK_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
