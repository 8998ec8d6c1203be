#include <fcntl.h>
#include <sys/mman.h>
#include <sys/vfs.h>

#include "pages.h"

bool mp_pages_fit(int fd, size_t size) {
  struct statfs found;
  if (fstatfs(fd, &found) != 0) return true;
  /* A tmpfs without a limit says 0. */
  return found.f_blocks == 0 || size / (size_t)found.f_bsize <= found.f_bavail;
}

int mp_pages_reserve(int fd, size_t from, size_t size) { return fallocate(fd, 0, (off_t)from, (off_t)size); }

int mp_pages_map(int fd, mp_window window, bool locked, mp_mapping *out, mp_error *error) {
  (void)locked;
  size_t size = window.to - window.from;
  void *address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)window.from);
  if (address == MAP_FAILED) return mp_fail(error, "mmap");
  /* The mapping keeps the open file, and with it the lock. A child process being started would keep it too, between fork
     and exec, and the file would look in use to its remover then. */
  madvise(address, size, MADV_DONTFORK);
  *out = (mp_mapping){.address = address, .size = size, .lock = -1};
  return 0;
}

void mp_pages_unmap(mp_mapping mapping) { munmap(mapping.address, mapping.size); }
