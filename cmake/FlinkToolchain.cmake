# SPDX-License-Identifier: Apache-2.0
# Compiler, linker and cache settings that every target shares.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)

set(FLINK_SANITIZE "" CACHE STRING "address or thread: builds everything with that sanitizer")
add_compile_options(-Wall -Wextra -Wno-missing-field-initializers -fstack-clash-protection
                    -fno-omit-frame-pointer)
if(FLINK_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
elseif(FLINK_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread)
  add_link_options(-fsanitize=thread)
endif()

find_program(FLINK_CCACHE ccache)
if(FLINK_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${FLINK_CCACHE})
endif()
find_program(FLINK_MOLD mold)
if(FLINK_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
