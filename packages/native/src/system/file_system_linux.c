#include <errno.h>
#include <string.h>
#include <sys/vfs.h>

#include "file_system.h"

int mp_file_system(const char *path, char name[MP_FILE_SYSTEM_ROOM], mp_error *error) {
  static const struct {
    unsigned long magic;
    const char *name;
  } known[] = {
      {0x01021994, "tmpfs"},  {0xef53, "ext4"},        {0x6969, "nfs"},       {0x65735546, "fuse"},
      {0x517b, "smb"},        {0xff534d42, "cifs"},    {0xfe534d42, "smb2"},  {0x01021997, "9p"},
  };
  struct statfs found;
  int result;
  do {
    result = statfs(path, &found);
  } while (result != 0 && errno == EINTR);
  if (result != 0) return mp_fail(error, "statfs");
  name[0] = '\0';
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if ((unsigned)found.f_type == known[i].magic) strcpy(name, known[i].name);
  }
  return 0;
}
