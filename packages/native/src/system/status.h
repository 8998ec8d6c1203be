#ifndef MP_STATUS_H
#define MP_STATUS_H

#include <sys/stat.h>

/* fstat(2) and lstat(2). 0, or -1 with errno */
int mp_status_of(int fd, struct stat *out);
int mp_status_at(const char *path, struct stat *out);

#endif
