#ifndef MP_BELL_H
#define MP_BELL_H

#include <stdint.h>

#include "file.h"

/* A doorbell is a datagram socket. What a datagram holds says nothing; that it came, says all. */

/* Binds the socket at `path`, mode 0600. @return its descriptor, or -1 = error */
int mp_bell_bind(const char *path, mp_error *error);
/* Takes out one ring. More than one is rare, and the loop comes back for it: to look each time would cost each ring a call. */
void mp_bell_take(int fd);
/* Sleeps until it is rung, unless `word` has another value than `expected`; takes out one ring, in both cases.
   0 = rung or interrupted, 1 = time ran out, 2 = the word had another value, -1 = error */
int mp_bell_wait(int fd, const uint32_t *word, uint32_t expected, double milliseconds, mp_error *error);
/* Never blocks. 1 = rung, 0 = nobody listens there, -1 = error */
int mp_bell_ring(const char *path, mp_error *error);
/* For many rings of the one bell at `path`: saves the search for it each time. 1 = connected, 0 = nobody listens there, -1 = error */
int mp_bell_connect(const char *path, int *out, mp_error *error);
/* As mp_bell_ring(), through what mp_bell_connect() gave. */
int mp_bell_ring_connected(int fd, mp_error *error);

#endif
