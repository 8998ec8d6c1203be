#ifndef MP_FUTEX_H
#define MP_FUTEX_H

#include <stdint.h>

/* Sleeping on a word. ENOSYS where the system has nothing like it: there a thread sleeps at its doorbell. */

/* 0 = woken or interrupted, 1 = time ran out, 2 = the word had another value, -1 = error (errno) */
int mp_futex_wait(uint32_t *word, uint32_t expected, double milliseconds);
/* How many were woken, -1 = error (errno) */
int mp_futex_wake(uint32_t *word, int count);

#endif
