#ifndef MP_SEGMENT_H
#define MP_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "file.h"
#include "pages.h"

/* A segment: a file, mapped and locked. */

enum mp_lock { MP_LOCK_NONE = 0, MP_LOCK_SHARED = 1, MP_LOCK_EXCLUSIVE = 2 };
enum mp_at_end { MP_KEEP = 0, MP_REMOVE_WHEN_LAST = 1, MP_UNLINK = 2, MP_REMOVE_IF_LEFT = 3 };
enum mp_probe { MP_ABSENT = 0, MP_UNLOCKED = 1, MP_OWNED = 2 };

/* The largest segment: 2^40 bytes. */
#define MP_SIZE_MOST ((size_t)1 << 40)

/* The first word of a segment's header, and what a removal that did not come to its end left there. */
#define MP_MAGIC 0x3153504du
#define MP_MAGIC_REMOVED 0x3053504du

#define MP_WHOLE ((mp_window){0, MP_SIZE_MOST})

/* 1 = made and mapped, 0 = the path exists already, -1 = error */
int mp_segment_create(const char *path, size_t size, enum mp_lock lock, const void *initial, size_t initial_size,
                      bool reserved, mp_mapping *out, mp_error *error);
/* Maps the bytes of `window` that the file has. 1 = mapped, 0 = no such file, or none of these bytes, -1 = error */
int mp_segment_attach(const char *path, enum mp_lock lock, mp_window window, mp_mapping *out, mp_error *error);
/* Unmaps, and does with the file what `at_end` says. */
void mp_segment_end(const char *path, mp_mapping mapping, enum mp_at_end at_end);
/* 1 = gone, with its satellites; 0 = in use or pinned, -1 = error */
int mp_segment_remove(const char *path, mp_error *error);
/* The same, but a file stays when it is no segment, or has a user's name and does not go with its last user. */
int mp_segment_remove_left(const char *path, mp_error *error);
/* enum mp_probe, or -1 = error */
int mp_segment_probe(const char *path, mp_error *error);

#endif
