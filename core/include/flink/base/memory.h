// SPDX-License-Identifier: Apache-2.0
// std::unique_ptr, std::shared_ptr and std::allocator without the rest of <memory>, a tenth of what
// compiling a job's headers takes. A job that wants that includes <memory>.
#pragma once

#if defined(_GLIBCXX_RELEASE) && _GLIBCXX_RELEASE >= 12
#include <bits/allocator.h>
#include <bits/stl_uninitialized.h>
#include <bits/unique_ptr.h>
//
#include <bits/shared_ptr.h>
#else
#include <memory>
#endif
