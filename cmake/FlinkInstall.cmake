# SPDX-License-Identifier: Apache-2.0
# The runtime that flinkc links (FlinkRuntime.cmake) and the installed tree, which can be moved:
#   bin/flinkc, bin/flinkctl          lib/flink/ (archives, prebuilt mains, flink.layout)
#   include/flink/                    share/flink/templates, share/flink/cmake
#   lib/pkgconfig/flink.pc
# The library directory is lib/ on every system: all paths in it are relative to one another.
include(FlinkRuntime)

file(WRITE ${PROJECT_BINARY_DIR}/installed/flink.layout
  "version=${PROJECT_VERSION}\nmode=${FLINK_MODE}\ninclude=../../include\n"
  "templates=../../share/flink/templates\n")
configure_file(${PROJECT_SOURCE_DIR}/cmake/FlinkConfig.cmake.in
  ${PROJECT_BINARY_DIR}/installed/flink-config.cmake @ONLY)
configure_file(${PROJECT_SOURCE_DIR}/cmake/flink.pc.in
  ${PROJECT_BINARY_DIR}/installed/flink.pc @ONLY)
include(CMakePackageConfigHelpers)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/installed/flink-config-version.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)

foreach(tool flinkc flinkctl)
  if(TARGET ${tool})
    install(TARGETS ${tool} RUNTIME DESTINATION bin)
  endif()
endforeach()
install(FILES ${FLINK_RUNTIME_ARCHIVE} ${FLINK_DEPS_ARCHIVE} ${FLINK_OBJECTS}
  ${PROJECT_BINARY_DIR}/installed/flink.layout DESTINATION lib/flink)
# The sanitizers' runtimes go along when they have been built.
foreach(sanitizer asan tsan)
  set(other ${PROJECT_SOURCE_DIR}/build-${sanitizer}/lib/flink)
  install(FILES ${other}/libflink-${sanitizer}.a ${other}/flink_main-${sanitizer}.o
    ${other}/flink_test_main-${sanitizer}.o DESTINATION lib/flink OPTIONAL)
endforeach()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/core/include/flink DESTINATION include)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/templates DESTINATION share/flink)
install(FILES ${PROJECT_BINARY_DIR}/installed/flink-config.cmake
  ${PROJECT_BINARY_DIR}/installed/flink-config-version.cmake DESTINATION share/flink/cmake)
install(FILES ${PROJECT_BINARY_DIR}/installed/flink.pc DESTINATION lib/pkgconfig)
