#include "newborn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A name of our own, for systems and file systems that know no files without one. The sweep removes it if we die before it
   is published: a file `t-…` that is not locked. */
int mp_newborn_open_private(const char *directory, int operation, mp_newborn *out, mp_error *error) {
  static uint32_t last;
  for (;;) {
    uint32_t number = __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
    int length = snprintf(out->private_path, sizeof out->private_path, "%s/t-%d-%u", directory, (int)getpid(), number);
    if (length >= (int)sizeof out->private_path) {
      errno = ENAMETOOLONG;
      return mp_fail(error, "open");
    }
    int fd = mp_open(out->private_path, O_CREAT | O_EXCL | O_RDWR);
    if (fd < 0) {
      /* Left by a process that had our number. */
      if (errno == EEXIST) continue;
      return mp_fail(error, "open");
    }
    mp_file_state state;
    if (mp_flock(fd, operation) != 0 || mp_file_look(fd, &state) != 0) {
      unlink(out->private_path);
      return mp_fail_closing(fd, error, "flock");
    }
    if (state.linked) {
      out->fd = fd;
      return 0;
    }
    /* A sweep took it for an abandoned one, in the moment before it was locked. */
    close(fd);
  }
}

int mp_newborn_open(const char *path, int operation, mp_newborn *out, mp_error *error) {
  char directory[4096];
  size_t length = mp_directory_length(path);
  if (length == 0 || length >= sizeof directory) {
    errno = ENAMETOOLONG;
    return mp_fail(error, "open");
  }
  memcpy(directory, path, length);
  directory[length] = '\0';
  out->private_path[0] = '\0';
  if (mp_newborn_make(directory, operation, out, error) != 0) return -1;
  /* Whatever the umask is: the other processes of this user must get in. */
  if (fchmod(out->fd, 0600) == 0) return 0;
  mp_fail(error, "fchmod");
  mp_newborn_close(out);
  return -1;
}

void mp_newborn_close(mp_newborn *newborn) {
  if (newborn->private_path[0] != '\0') unlink(newborn->private_path);
  close(newborn->fd);
}
