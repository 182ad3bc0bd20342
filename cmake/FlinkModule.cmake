# SPDX-License-Identifier: Apache-2.0
# flink_module(NAME [SMALL] SOURCES ... DEPS modules... LIBS external...)
# One module of core/src: a static library flink_NAME. DEPS is the list of modules it may include;
# tests/tidy checks the includes against the layer table. SMALL: runs a few times a second at most,
# and is compiled for size; half of an executable, and of its idle memory, would be such code.
function(flink_module name)
  cmake_parse_arguments(M "SMALL" "" "SOURCES;DEPS;LIBS" ${ARGN})
  add_library(flink_${name} STATIC ${M_SOURCES})
  target_include_directories(flink_${name} PUBLIC
    ${PROJECT_SOURCE_DIR}/core/include ${PROJECT_SOURCE_DIR}/core/src)
  foreach(dep ${M_DEPS})
    target_link_libraries(flink_${name} PUBLIC flink_${dep})
  endforeach()
  foreach(lib ${M_LIBS})
    # A plain name is its archive: our programs, as jobs, need glibc and no other shared library.
    if(lib MATCHES "^[a-z0-9_]+$")
      find_library(FLINK_LIB_${lib} NAMES lib${lib}.a REQUIRED)
      set(lib ${FLINK_LIB_${lib}})
    endif()
    target_link_libraries(flink_${name} PUBLIC ${lib})
  endforeach()
  if(M_SMALL)
    target_compile_options(flink_${name} PRIVATE ${FLINK_SMALL_FLAGS})
    flink_use_precompiled(flink_${name} flink_small_precompiled)
  else()
    flink_use_precompiled(flink_${name} flink_precompiled)
  endif()
endfunction()

# flink_unit_test(NAME SOURCES ... DEPS modules...): a doctest executable, registered with ctest.
function(flink_unit_test name)
  cmake_parse_arguments(T "" "" "SOURCES;DEPS;LIBS" ${ARGN})
  add_executable(${name} ${T_SOURCES} $<TARGET_OBJECTS:flink_test_main_object>)
  flink_use_precompiled(${name} flink_tests_precompiled)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  foreach(dep ${T_DEPS})
    target_link_libraries(${name} PRIVATE flink_${dep})
  endforeach()
  if(T_LIBS)
    target_link_libraries(${name} PRIVATE ${T_LIBS})
  endif()
  add_test(NAME ${name} COMMAND ${name})
endfunction()
