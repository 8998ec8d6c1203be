#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>
#ifdef __APPLE__
#include <sys/mount.h>
#include <sys/param.h>
#else
#include <sys/statvfs.h>
#endif

#include "pages.h"

bool mp_pages_fit(int fd, size_t size) {
#ifdef __APPLE__
  /* The counts of its statvfs have 32 bits. */
  struct statfs found;
  if (fstatfs(fd, &found) != 0) return true;
  size_t block = found.f_bsize;
#else
  struct statvfs found;
  if (fstatvfs(fd, &found) != 0) return true;
  size_t block = found.f_frsize;
#endif
  return found.f_blocks == 0 || size / block <= found.f_bavail;
}

int mp_pages_reserve(int fd, size_t from, size_t size) {
#ifdef __APPLE__
  /* Counted from what the file has so far, which is `from`: its parts are reserved in their order. */
  fstore_t part = {.fst_flags = F_ALLOCATEALL, .fst_posmode = F_PEOFPOSMODE, .fst_length = (off_t)size};
  if (fcntl(fd, F_PREALLOCATE, &part) == -1) return -1;
  return ftruncate(fd, (off_t)(from + size));
#else
  int code = posix_fallocate(fd, (off_t)from, (off_t)size);
  errno = code;
  return code == 0 ? 0 : -1;
#endif
}

int mp_pages_map(int fd, mp_window window, bool locked, mp_mapping *out, mp_error *error) {
  size_t size = window.to - window.from;
  int lock = -1;
  /* Of the same open file, so of the same lock. */
  if (locked && (lock = fcntl(fd, F_DUPFD_CLOEXEC, 3)) < 0) return mp_fail(error, "fcntl");
  void *address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)window.from);
  if (address == MAP_FAILED) {
    mp_fail(error, "mmap");
    if (lock >= 0) close(lock);
    return -1;
  }
  *out = (mp_mapping){.address = address, .size = size, .lock = lock};
  return 0;
}

void mp_pages_unmap(mp_mapping mapping) {
  munmap(mapping.address, mapping.size);
  if (mapping.lock < 0) return;
  /* Not by closing alone: a child process being started has a copy, between fork and exec. */
  mp_flock(mapping.lock, LOCK_UN);
  close(mapping.lock);
}
