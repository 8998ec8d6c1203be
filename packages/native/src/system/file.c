#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "status.h"

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
  if (mp_status_of(fd, &found) != 0) return -1;
  *out = state_of(&found);
  return 0;
}

int mp_file_is_current(int fd, const char *path, mp_file_state *out, mp_error *error) {
  struct stat found, named;
  if (mp_status_of(fd, &found) != 0) return mp_fail(error, "fstat");
  *out = state_of(&found);
  if (!out->linked) return 0;
  if (mp_status_at(path, &named) != 0) return errno == ENOENT ? 0 : mp_fail(error, "lstat");
  return found.st_ino == named.st_ino && found.st_dev == named.st_dev;
}
