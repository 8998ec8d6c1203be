#ifndef MP_MAPPINGS_H
#define MP_MAPPINGS_H

#include "segment.h"

/* The mappings of this process, whichever thread made them, and the files that must not outlive it. */

typedef struct mp_record mp_record;

/* Takes a mapping over, for one holder. NULL = out of memory: the mapping is still the caller's */
mp_record *mp_record_add(const char *path, mp_mapping mapping, enum mp_at_end at_end);
/* The live mapping that begins at `address`, or NULL. Good as long as a holder of it cannot let go meanwhile. */
mp_record *mp_record_find(const void *address);
/* One more holder. */
void mp_record_hold(mp_record *record);
/* Lets go; the last one ends the mapping and frees the record. */
void mp_record_drop(mp_record *record);
/* Replaces what happens to the file when the mapping ends. */
void mp_record_set_at_end(mp_record *record, enum mp_at_end at_end);
/* Unmaps, and does with the file what was asked for, once. */
void mp_record_end(mp_record *record);

/* A file without a mapping that must not outlive the process: no cleanup hook runs at process.exit(). */
void mp_unlink_at_exit(const char *path);
/* Unlinks it now. */
void mp_unlink_now(const char *path);

#endif
