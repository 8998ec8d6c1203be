/* Tests of the part that knows no Node: main <empty directory>. Built with -Dopen=mp_test_open. */
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/system/backend.h"
#include "check.h"

/* How many times as long anything may take: on an emulated processor, or on a machine that does much else. */
#ifndef MP_TEST_PATIENCE
#define MP_TEST_PATIENCE 1
#endif

const char *directory;
bool no_unnamed_files;

int mp_test_open(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  if (no_unnamed_files && (flags & O_TMPFILE) == O_TMPFILE) {
    errno = EOPNOTSUPP;
    return -1;
  }
  return openat(AT_FDCWD, path, flags, mode);
}

const char *path_of(const char *name) {
  static char paths[8][4096];
  static unsigned next;
  char *path = paths[next++ % 8];
  snprintf(path, sizeof paths[0], "%s/%s", directory, name);
  return path;
}

pid_t start_child(void) {
  pid_t self = getpid(), child = fork();
  if (child == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != self)) _exit(1);
  return child;
}

bool is_posix(void) { return strcmp(mp_backend(), "posix") == 0; }

bool exists(const char *path) {
  struct stat found;
  return lstat(path, &found) == 0;
}

int main(int count, char **arguments) {
  if (count != 2) return 2;
  directory = arguments[1];
  alarm(140 * MP_TEST_PATIENCE);
  for (int round = 0; round < 2; round++) {
    no_unnamed_files = round == 1;
    test_segment();
    test_removal();
    test_mappings();
    test_liveness();
  }
  test_futex();
  test_bell();
  test_stream();
  test_line();
  test_queue();
  puts("passed");
  return 0;
}
