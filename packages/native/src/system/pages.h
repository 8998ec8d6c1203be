#ifndef MP_PAGES_H
#define MP_PAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "file.h"

/* The bytes of a file: their place on disk, and in memory. */

typedef struct {
  void *address;
  size_t size;
  int lock; /* the descriptor that holds the file's lock as long as the pages are mapped; -1 = the pages themselves, or nothing */
} mp_mapping;

/* Bytes of a file: from a multiple of the page size to before `to`. */
typedef struct {
  size_t from;
  size_t to;
} mp_window;

/* Whether the file system has room for so many bytes; true when that is not known. */
bool mp_pages_fit(int fd, size_t size);
/* Gives bytes of an open file their place on disk, and the file at least that size. 0, or -1 with errno */
int mp_pages_reserve(int fd, size_t from, size_t size);
/* Maps them, shared. If `fd` holds the lock of its file, that stays when `fd` is closed, until the pages are unmapped; but
   not in a child process that is being started. 0, or -1 = error */
int mp_pages_map(int fd, mp_window window, bool locked, mp_mapping *out, mp_error *error);
/* Unmaps them. The lock is gone when this returns. */
void mp_pages_unmap(mp_mapping mapping);

#endif
