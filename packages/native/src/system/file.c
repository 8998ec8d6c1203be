#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int mp_fail(mp_error *error, const char *syscall) {
  error->syscall = syscall;
  error->code = errno;
  return -1;
}

int mp_fail_closing(int fd, mp_error *error, const char *syscall) {
  mp_fail(error, syscall);
  close(fd);
  return -1;
}

int mp_open(const char *path, int flags) {
  int fd;
  do {
    /* O_NONBLOCK means nothing to a regular file, and keeps anything else at that path from stopping us. */
    fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

int mp_flock(int fd, int operation) {
  int result;
  do {
    result = flock(fd, operation);
  } while (result != 0 && errno == EINTR);
  return result;
}

size_t mp_directory_length(const char *path) {
  const char *slash = strrchr(path, '/');
  if (slash == NULL) return 0;
  return slash == path ? 1 : (size_t)(slash - path);
}

/* The raw calls: glibc's wrappers of them are younger (2.33) than the systems that Node itself runs on. On 64-bit
   Linux the kernel's structure is the one of libc. */
static int look_at(int fd, struct stat *out) { return (int)syscall(SYS_fstat, fd, out); }
static int look_at_path(const char *path, struct stat *out) {
  return (int)syscall(SYS_newfstatat, AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW);
}

static mp_file_state state_of(const struct stat *found) {
  return (mp_file_state){
      .size = (size_t)found->st_size,
      .regular = S_ISREG(found->st_mode),
      .linked = found->st_nlink > 0,
      .pinned = found->st_nlink > 1,
  };
}

int mp_file_look(int fd, mp_file_state *out) {
  struct stat found;
  if (look_at(fd, &found) != 0) return -1;
  *out = state_of(&found);
  return 0;
}

int mp_file_is_current(int fd, const char *path, mp_file_state *out, mp_error *error) {
  struct stat found, named;
  if (look_at(fd, &found) != 0) return mp_fail(error, "fstat");
  *out = state_of(&found);
  if (!out->linked) return 0;
  if (look_at_path(path, &named) != 0) return errno == ENOENT ? 0 : mp_fail(error, "lstat");
  return found.st_ino == named.st_ino && found.st_dev == named.st_dev;
}

/* A name of our own, for file systems that know no files without one. The sweep removes it if we die before it is
   published: a file `t-…` that is not locked. */
static int open_private(const char *directory, int operation, mp_newborn *out, mp_error *error) {
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
  out->fd = mp_open(directory, O_TMPFILE | O_RDWR);
  if (out->fd >= 0) {
    if (mp_flock(out->fd, operation) != 0) return mp_fail_closing(out->fd, error, "flock");
  } else {
    if (errno != EOPNOTSUPP && errno != EISDIR) return mp_fail(error, "open");
    if (open_private(directory, operation, out, error) != 0) return -1;
  }
  /* Whatever the umask is: the other processes of this user must get in. */
  if (fchmod(out->fd, 0600) == 0) return 0;
  mp_fail(error, "fchmod");
  mp_newborn_close(out);
  return -1;
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

void mp_newborn_close(mp_newborn *newborn) {
  if (newborn->private_path[0] != '\0') unlink(newborn->private_path);
  close(newborn->fd);
}
