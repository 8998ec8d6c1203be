#ifndef MP_SOCKETS_H
#define MP_SOCKETS_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

/* Sockets that never block, raise no SIGPIPE, and are closed by exec. */

/* The longest path of a socket everywhere: macOS has 104 bytes for it, with its end. */
#define MP_ADDRESS_MOST 103

/* A new one. -1 = error (errno) */
int mp_net_make(int domain, int type);
/* A descriptor of our own for the socket behind `fd`. -1 = error (errno) */
int mp_net_duplicate(int fd);
/* accept(2) */
int mp_net_accept(int fd, struct sockaddr_storage *peer);
/* Leaves `fd` a descriptor that is never readable. 0, or -1 with errno */
int mp_net_replace(int fd);
/* The address of the Unix socket at `path`, which is longer than it may be on some systems.
   @return the descriptor to close when it was used; -1 = none; -2 = error (errno) */
int mp_net_address(const char *path, struct sockaddr_un *out);
/* bind(2), the file with mode 0600 */
int mp_net_bind(int fd, const char *path, const struct sockaddr_un *address);
/* send(2), or sendto(2) when there is an address */
ssize_t mp_net_send(int fd, const void *bytes, size_t size, const struct sockaddr_un *to);
/* recv(2) */
ssize_t mp_net_receive(int fd, void *bytes, size_t size);
/* poll(2) of one descriptor, never shorter than `milliseconds`. What it found; 0 = nothing; -1 = error (errno) */
int mp_net_poll(int fd, short events, double milliseconds);

/* An idle TCP connection whose other machine does not answer for 20 s fails with ETIMEDOUT. */
void mp_net_probe_when_idle(int fd);
/* Whether something was sent over a TCP connection, and the other machine has answered nothing for so long. */
int mp_net_is_unanswered(int fd, double milliseconds);

/* After this long an idle TCP connection is asked for a sign of life; it is at its end when none of the probes gets an answer. */
enum { MP_SILENCE_S = 10, MP_PROBE_S = 2, MP_PROBES = 5 };

#endif
