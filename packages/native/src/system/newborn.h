#ifndef MP_NEWBORN_H
#define MP_NEWBORN_H

#include "file.h"

/* A file on its way into the directory: it is not to be met under its own name before it is whole. */
typedef struct {
  int fd;
  char private_path[4096]; /* empty when it has no name, or its own one */
} mp_newborn;

/* Makes an empty file, mode 0600, beside `path` and locks it (LOCK_SH or LOCK_EX). 0, or -1 = error */
int mp_newborn_open(const char *path, int operation, mp_newborn *out, mp_error *error);
/* Gives it its name. The descriptor stays open. 1 = done, 0 = the name is taken, -1 = error */
int mp_newborn_publish(mp_newborn *newborn, const char *path, mp_error *error);
/* Closes the descriptor, and removes what was not published. */
void mp_newborn_close(mp_newborn *newborn);
/* Takes away the private name that a maker left which was killed while it published the file at `path`. The caller holds
   the exclusive lock of the file, open as `fd`: so the maker is dead. @return whether there was one */
bool mp_newborn_forget_maker(int fd, const char *path);

/* For the backends: begins with a file that has a private name. */
int mp_newborn_open_private(const char *directory, int operation, mp_newborn *out, mp_error *error);
/* For the backends: begins a file beside `path`, in `directory`. */
int mp_newborn_make(const char *directory, int operation, mp_newborn *out, mp_error *error);

#endif
