#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "newborn.h"

int mp_newborn_make(const char *directory, int operation, mp_newborn *out, mp_error *error) {
  out->fd = mp_open(directory, O_TMPFILE | O_RDWR);
  if (out->fd >= 0) return mp_flock(out->fd, operation) == 0 ? 0 : mp_fail_closing(out->fd, error, "flock");
  if (errno != EOPNOTSUPP && errno != EISDIR) return mp_fail(error, "open");
  return mp_newborn_open_private(directory, operation, out, error);
}

int mp_newborn_publish(mp_newborn *newborn, const char *path, mp_error *error) {
  if (newborn->private_path[0] != '\0') {
    /* Renamed, not linked and unlinked: a death between the two would leave a second link, which reads as a pin. */
    if (syscall(SYS_renameat2, AT_FDCWD, newborn->private_path, AT_FDCWD, path, RENAME_NOREPLACE) != 0) {
      return errno == EEXIST ? 0 : mp_fail(error, "renameat2");
    }
    newborn->private_path[0] = '\0';
    return 1;
  }
  char self[32];
  snprintf(self, sizeof self, "/proc/self/fd/%d", newborn->fd);
  if (linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0) return 1;
  return errno == EEXIST ? 0 : mp_fail(error, "linkat");
}

/* A file is published in one step. */
bool mp_newborn_forget_maker(int fd, const char *path) {
  (void)fd;
  (void)path;
  return false;
}
