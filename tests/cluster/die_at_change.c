/* SPDX-License-Identifier: Apache-2.0
   Preloaded: a JobManager dies (exit code 9) before the DIE_AT-th time that it creates, renames or
   removes a file whose path contains DIE_IN, as one that is killed would. Each such change leaves a
   line in the file DIE_LOG. TaskManagers live. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_jobmanager(void) {
  static int known = -1;
  if (known >= 0) return known;
  char words[256] = {0};
  const int file = ((int (*)(const char*, int, ...))dlsym(RTLD_NEXT, "open"))("/proc/self/cmdline", O_RDONLY);
  const ssize_t length = read(file, words, sizeof words - 1);
  close(file);
  const char* second = words + strlen(words) + 1;
  known = !(length > second - words && strcmp(second, "taskmanager") == 0);
  return known;
}

static void change(const char* what, const char* path) {
  static int changes;
  const char* where = getenv("DIE_IN");
  if (where == NULL || strstr(path, where) == NULL || !is_jobmanager()) return;
  const char* log = getenv("DIE_LOG");
  if (log != NULL) {
    const int file = ((int (*)(const char*, int, ...))dlsym(RTLD_NEXT, "open"))(
        log, O_WRONLY | O_CREAT | O_APPEND, 0644);
    dprintf(file, "%s %s\n", what, path);
    close(file);
  }
  const char* at = getenv("DIE_AT");
  if (__atomic_add_fetch(&changes, 1, __ATOMIC_SEQ_CST) == (at == NULL ? 0 : atoi(at))) _exit(9);
}

#define OPEN(name)                                                                                \
  int name(const char* path, int flags, ...) {                                                    \
    va_list rest;                                                                                 \
    va_start(rest, flags);                                                                        \
    const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;                 \
    va_end(rest);                                                                                 \
    if (flags & O_CREAT) change("create", path);                                                  \
    int (*real)(const char*, int, ...) = (int (*)(const char*, int, ...))dlsym(RTLD_NEXT, #name); \
    return real(path, flags, mode);                                                               \
  }
OPEN(open)
OPEN(open64)

#define CALL(name)                                                              \
  int name(const char* path) {                                                  \
    change(#name, path);                                                        \
    return ((int (*)(const char*))dlsym(RTLD_NEXT, #name))(path);               \
  }
CALL(unlink)
CALL(rmdir)
CALL(remove)

int rename(const char* from, const char* to) {
  change("rename", to);
  return ((int (*)(const char*, const char*))dlsym(RTLD_NEXT, "rename"))(from, to);
}
