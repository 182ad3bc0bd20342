# SPDX-License-Identifier: Apache-2.0
# What flinkc links into a job, in ${PROJECT_BINARY_DIR}/lib/flink (the shape it has installed):
#   libflink.a         every module of core/src, merged
#   libflink_deps.a    the static archives of all external libraries the modules name
#   flink_main.o       the main that calls define_job; flink_test_main.o: doctest's
#   flink.layout       where headers and templates are (codegen/installation.h reads it)
# A sanitizer's build names its own libflink-asan.a, libflink-tsan.a, so they can lie side by side.

set(FLINK_MODE release)
set(FLINK_RUNTIME_SUFFIX "")
if(FLINK_SANITIZE STREQUAL "address")
  set(FLINK_MODE asan)
  set(FLINK_RUNTIME_SUFFIX "-asan")
elseif(FLINK_SANITIZE STREQUAL "thread")
  set(FLINK_MODE tsan)
  set(FLINK_RUNTIME_SUFFIX "-tsan")
endif()
set(FLINK_LIB_DIR ${PROJECT_BINARY_DIR}/lib/flink)
file(MAKE_DIRECTORY ${FLINK_LIB_DIR})

# All static libraries of core/src.
function(flink_runtime_modules out)
  set(modules "")
  get_property(folders DIRECTORY ${PROJECT_SOURCE_DIR}/core PROPERTY SUBDIRECTORIES)
  foreach(folder ${folders})
    get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
    foreach(target ${targets})
      get_target_property(type ${target} TYPE)
      if(type STREQUAL "STATIC_LIBRARY")
        list(APPEND modules ${target})
      endif()
    endforeach()
  endforeach()
  set(${out} ${modules} PARENT_SCOPE)
endfunction()

# The static archive behind one item of a link line: a path, an imported target or a plain name.
# Items with nothing to link (header-only, -pthread, generator expressions) leave it empty.
function(flink_archive_of item out)
  set(${out} "" PARENT_SCOPE)
  if(item MATCHES "^-l(.+)$")
    set(item ${CMAKE_MATCH_1})
  endif()
  if(item MATCHES "^-" OR item MATCHES "[$<>]" OR item MATCHES "^(pthread|dl|m|rt|c)$"
     OR item MATCHES "^Threads::" OR item MATCHES "^flink_")
    return()
  endif()
  if(IS_ABSOLUTE "${item}" AND item MATCHES "\\.a$")
    set(${out} ${item} PARENT_SCOPE)
    return()
  endif()
  if(TARGET ${item})
    get_target_property(type ${item} TYPE)
    if(type STREQUAL "INTERFACE_LIBRARY")
      return()
    endif()
    foreach(key LOCATION_RELEASE LOCATION_RELWITHDEBINFO LOCATION_NONE LOCATION_NOCONFIG LOCATION)
      get_target_property(path ${item} IMPORTED_${key})
      if(path)
        break()
      endif()
    endforeach()
  elseif(IS_ABSOLUTE ${item})
    set(path ${item})
  else()
    set(path lib${item}.so)
  endif()
  # Whatever form was named, the archive of that name is what goes into a job.
  get_filename_component(name "${path}" NAME)
  string(REGEX REPLACE "\\.so.*$|-[0-9.]+\\.so$|\\.a$" "" name "${name}")
  string(REGEX REPLACE "-[0-9][0-9.]*$" "" name "${name}")
  string(MAKE_C_IDENTIFIER "FLINK_ARCHIVE_${name}" variable)
  find_library(${variable} NAMES ${name}.a)
  mark_as_advanced(${variable})
  if(NOT ${variable})
    message(WARNING "no static archive ${name}.a for '${item}': a job must not need shared "
                        "libraries beside glibc, and will not link (install its -dev package)")
    return()
  endif()
  set(${out} ${${variable}} PARENT_SCOPE)
endfunction()

# All archives that `targets` link, transitively, without our own modules.
function(flink_external_archives targets out)
  set(queue ${targets})
  set(seen "")
  set(archives "")
  while(queue)
    list(POP_FRONT queue item)
    # A private dependency of a static library appears as $<LINK_ONLY:...>.
    string(REGEX REPLACE "^\\$<LINK_ONLY:(.*)>$" "\\1" item "${item}")
    if(item IN_LIST seen OR item STREQUAL "")
      continue()
    endif()
    list(APPEND seen ${item})
    if(TARGET ${item})
      foreach(property INTERFACE_LINK_LIBRARIES LINK_LIBRARIES)
        get_target_property(more ${item} ${property})
        if(more)
          list(APPEND queue ${more})
        endif()
      endforeach()
      get_target_property(imported ${item} IMPORTED)
      if(NOT imported)
        continue()
      endif()
    endif()
    flink_archive_of(${item} archive)
    if(archive)
      list(APPEND archives ${archive})
    endif()
  endwhile()
  list(REMOVE_DUPLICATES archives)
  list(SORT archives)
  set(${out} ${archives} PARENT_SCOPE)
endfunction()

# One archive of several, by ar's own script language. A release has no line tables, which would be
# most of every job: its symbols stay, for backtraces and perf.
function(flink_merge_archives output)
  cmake_parse_arguments(M "" "" "ARCHIVES;DEPENDS" ${ARGN})
  get_filename_component(name ${output} NAME)
  set(script "create ${output}.part\n")
  foreach(archive ${M_ARCHIVES})
    string(APPEND script "addlib ${archive}\n")
  endforeach()
  string(APPEND script "save\nend\n")
  set(script_file ${PROJECT_BINARY_DIR}/${name}.mri)
  set(strip "")
  if(FLINK_MODE STREQUAL release)
    set(strip COMMAND ${CMAKE_OBJCOPY} --strip-debug ${output}.part)
  endif()
  file(GENERATE OUTPUT ${script_file} CONTENT "${script}")
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -E rm -f ${output}.part
    COMMAND ${CMAKE_AR} -M < ${script_file}
    ${strip}
    COMMAND ${CMAKE_COMMAND} -E rename ${output}.part ${output}
    DEPENDS ${M_DEPENDS} ${script_file}
    COMMENT "Merging ${name}" VERBATIM)
endfunction()

flink_runtime_modules(FLINK_MODULES)
set(archives "")
foreach(module ${FLINK_MODULES})
  list(APPEND archives "$<TARGET_FILE:${module}>")
endforeach()
set(FLINK_RUNTIME_ARCHIVE ${FLINK_LIB_DIR}/libflink${FLINK_RUNTIME_SUFFIX}.a)
flink_merge_archives(${FLINK_RUNTIME_ARCHIVE} ARCHIVES ${archives} DEPENDS ${FLINK_MODULES})

flink_external_archives("${FLINK_MODULES}" externals)
set(FLINK_DEPS_ARCHIVE ${FLINK_LIB_DIR}/libflink_deps.a)
flink_merge_archives(${FLINK_DEPS_ARCHIVE} ARCHIVES ${externals} DEPENDS ${externals})

# The prebuilt objects (codegen/CMakeLists.txt), under names that do not change.
set(FLINK_OBJECTS "")
foreach(name flink_main flink_test_main)
  set(object ${FLINK_LIB_DIR}/${name}${FLINK_RUNTIME_SUFFIX}.o)
  add_custom_command(OUTPUT ${object}
    COMMAND ${CMAKE_COMMAND} -E copy $<TARGET_OBJECTS:${name}_object> ${object}
    DEPENDS ${name}_object $<TARGET_OBJECTS:${name}_object> VERBATIM)
  list(APPEND FLINK_OBJECTS ${object})
endforeach()

file(WRITE ${FLINK_LIB_DIR}/flink.layout.new
  "version=${PROJECT_VERSION}\nmode=${FLINK_MODE}\ninclude=${PROJECT_SOURCE_DIR}/core/include\n"
  "templates=${PROJECT_SOURCE_DIR}/templates\nsource=${PROJECT_SOURCE_DIR}\n")
file(COPY_FILE ${FLINK_LIB_DIR}/flink.layout.new ${FLINK_LIB_DIR}/flink.layout ONLY_IF_DIFFERENT)

add_custom_target(flink_runtime ALL
  DEPENDS ${FLINK_RUNTIME_ARCHIVE} ${FLINK_DEPS_ARCHIVE} ${FLINK_OBJECTS})
if(TARGET flinkc)
  add_dependencies(flinkc flink_runtime)
endif()
