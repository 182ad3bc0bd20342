// SPDX-License-Identifier: Apache-2.0
// What unit tests use beside cmake/precompiled.h, precompiled with the tests' flags.
#pragma once

#include <cmake/precompiled.h>
#include <doctest/doctest.h>

#include <fstream>
#include <random>
#include <sstream>
