#ifndef MP_FILE_H
#define MP_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Files of the segment directory: opened, looked at, and locked. Nothing in this folder knows Node: it is tested
   under the sanitizers by itself. */

/* A failure is the name of the system call and its errno. */
typedef struct {
  const char *syscall;
  int code;
} mp_error;

/* Notes `syscall` and errno. @return -1 */
int mp_fail(mp_error *error, const char *syscall);
/* The same, and closes `fd`. @return -1 */
int mp_fail_closing(int fd, mp_error *error, const char *syscall);

/* open(2) that neither follows a link nor waits at a FIFO. */
int mp_open(const char *path, int flags);
/* flock(2), again when a signal came. */
int mp_flock(int fd, int operation);

/* How long the directory part of an absolute path is; for a file of `/` that is 1. */
size_t mp_directory_length(const char *path);

typedef struct {
  size_t size;
  bool regular;
  bool linked; /* it has a name */
  bool pinned; /* it has more than one */
} mp_file_state;

/* 0, or -1 with errno */
int mp_file_look(int fd, mp_file_state *out);
/* 1 = `fd` is the file at `path`, 0 = it was removed or replaced meanwhile, -1 = error */
int mp_file_is_current(int fd, const char *path, mp_file_state *out, mp_error *error);

#endif
