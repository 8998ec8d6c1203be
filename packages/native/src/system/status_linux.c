#include "status.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The raw calls: glibc's wrappers of them are younger (2.33) than the systems that Node itself runs on. On 64-bit
   Linux the kernel's structure is the one of libc. */

int mp_status_of(int fd, struct stat *out) { return (int)syscall(SYS_fstat, fd, out); }

int mp_status_at(const char *path, struct stat *out) {
  return (int)syscall(SYS_newfstatat, AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW);
}
