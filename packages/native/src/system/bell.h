#ifndef MP_BELL_H
#define MP_BELL_H

#include "file.h"

/* A doorbell is a datagram socket. What a datagram holds says nothing; that it came, says all. */

/* Binds the socket at `path`, mode 0600. @return its descriptor, or -1 = error */
int mp_bell_bind(const char *path, mp_error *error);
/* Takes out one ring. More than one is rare, and the loop comes back for it: to look each time would cost each ring a call. */
void mp_bell_take(int fd);
/* Never blocks. 1 = rung, 0 = nobody listens there, -1 = error */
int mp_bell_ring(const char *path, mp_error *error);
/* For many rings of the one bell at `path`: saves the search for it each time. 1 = connected, 0 = nobody listens there, -1 = error */
int mp_bell_connect(const char *path, int *out, mp_error *error);
/* As mp_bell_ring(), through what mp_bell_connect() gave. */
int mp_bell_ring_connected(int fd, mp_error *error);

#endif
