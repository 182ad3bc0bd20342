# SPDX-License-Identifier: Apache-2.0
# Half the time of most compilations went into parsing standard headers. They are precompiled once a
# set of flags, and every target of the same flags uses the result:
#   flink_precompiled_header(NAME HEADER [FLAGS...])   once in a directory of these flags;
#                                                      <PATH/IN/THE/TREE>
#   flink_use_precompiled(TARGET NAME)
# Only headers that do not change belong in there, so an incremental build is as small as before.
option(FLINK_PRECOMPILE "precompiles standard headers; OFF: each file includes for itself" ON)

function(flink_precompiled_header name header)
  if(FLINK_PRECOMPILE)
    file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp CONTENT "")
    add_library(${name} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
    target_compile_options(${name} PRIVATE ${ARGN})
    target_precompile_headers(${name} PRIVATE ${header})
  endif()
endfunction()

function(flink_use_precompiled target name)
  if(FLINK_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()
