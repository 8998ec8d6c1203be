#include <errno.h>
#include <stdio.h>
#ifdef __APPLE__
#include <sys/mount.h>
#include <sys/param.h>
#else
#include <sys/statvfs.h>
#endif

#include "file_system.h"

int mp_file_system(const char *path, char name[MP_FILE_SYSTEM_ROOM], mp_error *error) {
  int result;
#ifdef __APPLE__
  struct statfs found;
  do {
    result = statfs(path, &found);
  } while (result != 0 && errno == EINTR);
  if (result != 0) return mp_fail(error, "statfs");
  snprintf(name, MP_FILE_SYSTEM_ROOM, "%s", found.f_fstypename);
#else
  struct statvfs found;
  do {
    result = statvfs(path, &found);
  } while (result != 0 && errno == EINTR);
  if (result != 0) return mp_fail(error, "statvfs");
  name[0] = '\0';
#endif
  return 0;
}
