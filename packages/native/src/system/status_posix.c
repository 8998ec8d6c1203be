#include "status.h"

int mp_status_of(int fd, struct stat *out) { return fstat(fd, out); }

int mp_status_at(const char *path, struct stat *out) { return lstat(path, out); }
