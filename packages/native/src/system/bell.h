#ifndef MP_BELL_H
#define MP_BELL_H

#include "file.h"

/* A doorbell is a datagram socket. What a datagram holds says nothing; that it came, says all. */

/* Binds the socket at `path`, mode 0600. @return its descriptor, or -1 = error */
int mp_bell_bind(const char *path, mp_error *error);
/* Takes out what has come so far. */
void mp_bell_drain(int fd);
/* Never blocks. 1 = rung, 0 = nobody listens there, -1 = error */
int mp_bell_ring(const char *path, mp_error *error);

#endif
