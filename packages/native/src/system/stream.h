#ifndef MP_STREAM_H
#define MP_STREAM_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "file.h"

/* Stream sockets, connected or listening. No step waits but mp_stream_wait(). An idle TCP connection whose other machine
   does not answer for 20 s fails with ETIMEDOUT. */

enum mp_stream_events { MP_READABLE = 1, MP_WRITABLE = 2 };

/* What the steps answer beside a number of bytes. */
#define MP_STREAM_NOT_NOW (-1)
#define MP_STREAM_FAILED (-2)

/* A descriptor of our own for the socket behind `fd`. @return -1 = error, ENOTSOCK when it is no stream socket */
int mp_stream_duplicate(int fd, mp_error *error);
/* Takes the listening socket away from the owner of `fd`, who keeps a descriptor that is never ready and can be closed.
   @return a descriptor of our own, or -1 = error */
int mp_stream_take(int fd, mp_error *error);
/* The next connection of a listening socket, which does not delay small writes.
   @return its descriptor; MP_STREAM_NOT_NOW or MP_STREAM_FAILED */
int mp_stream_accept(int fd, mp_error *error);
/* Where a TCP connection comes from. @return false = it is no TCP connection, or it has ended */
bool mp_stream_peer(int fd, char host[INET6_ADDRSTRLEN], int *port);
/* Ends a TCP connection, in both directions, when something was sent and the other machine has answered nothing for so long:
   the kernel itself would try for a quarter of an hour. @return whether it did; false where the system does not tell */
bool mp_stream_end_if_silent(int fd, double milliseconds);
/* @return bytes read; 0 = end of file; MP_STREAM_NOT_NOW or MP_STREAM_FAILED */
ssize_t mp_stream_read(int fd, void *bytes, size_t size, mp_error *error);
/* @return bytes written, of which there may be fewer than `size`; MP_STREAM_NOT_NOW or MP_STREAM_FAILED */
ssize_t mp_stream_write(int fd, const void *bytes, size_t size, mp_error *error);
/* Waits until one of `events` is there: a step would do or fail. At most `milliseconds`, less when a signal comes.
   @return those that are there; 0 = none; -1 = error */
int mp_stream_wait(int fd, int events, double milliseconds, mp_error *error);

#endif
