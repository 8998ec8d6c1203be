#ifndef MP_FILE_SYSTEM_H
#define MP_FILE_SYSTEM_H

#include "file.h"

#define MP_FILE_SYSTEM_ROOM 64

/* The name of the file system in which `path` lies; empty = not known. 0, or -1 = error */
int mp_file_system(const char *path, char name[MP_FILE_SYSTEM_ROOM], mp_error *error);

#endif
