/* SPDX-License-Identifier: Apache-2.0
   Preloaded: the process stops (SIGSTOP) before it first creates a file whose path contains
   STOP_AT_OPEN, as one on a machine that hangs would. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void stop_at(const char* path, int flags) {
  static int stopped;
  const char* where = getenv("STOP_AT_OPEN");
  if (stopped || where == NULL || !(flags & O_CREAT) || strstr(path, where) == NULL) return;
  stopped = 1;
  raise(SIGSTOP);
}

#define INTERCEPT(name)                                                                 \
  int name(const char* path, int flags, ...) {                                          \
    va_list rest;                                                                       \
    va_start(rest, flags);                                                              \
    const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;       \
    va_end(rest);                                                                       \
    stop_at(path, flags);                                                               \
    int (*real)(const char*, int, ...) = (int (*)(const char*, int, ...))dlsym(RTLD_NEXT, #name); \
    return real(path, flags, mode);                                                     \
  }

INTERCEPT(open)
INTERCEPT(open64)
