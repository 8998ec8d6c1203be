#ifndef MP_FUTEX_H
#define MP_FUTEX_H

#include <stdint.h>

/* What an operating system must offer; one file per system implements them. */

/* 0 = woken or interrupted, 1 = time ran out, 2 = the word had another value, -1 = error (errno) */
int mp_futex_wait(uint32_t *word, uint32_t expected, double milliseconds);
/* How many were woken, -1 = error (errno) */
int mp_futex_wake(uint32_t *word, int count);

#endif
