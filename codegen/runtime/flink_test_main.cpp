// SPDX-License-Identifier: Apache-2.0
// The main of a test executable of `flinkc test`: doctest's runner, prebuilt.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
