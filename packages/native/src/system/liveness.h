#ifndef MP_LIVENESS_H
#define MP_LIVENESS_H

#include "file.h"

/* A process lives as long as the kernel keeps the lock that it holds on a file of its own. */

/* The path of this process's lock file, made at the first call. NULL = error. Valid for the life of the process. */
const char *mp_process_lock(const char *path, mp_error *error);

/* Opens the lock file of another process. 1 = opened, 0 = no such file: it is dead, -1 = error */
int mp_process_open(const char *path, int *fd, mp_error *error);
/* Returns when the process that holds the lock is dead. */
void mp_process_wait(int fd);

#endif
