#include "stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sockets.h"

static bool is_tcp(int fd) {
  struct sockaddr_storage own;
  socklen_t size = sizeof own;
  memset(&own, 0, sizeof own);
  if (getsockname(fd, (struct sockaddr *)&own, &size) != 0) return false;
  return own.ss_family == AF_INET || own.ss_family == AF_INET6;
}

int mp_stream_duplicate(int fd, mp_error *error) {
  int type;
  socklen_t size = sizeof type;
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) return mp_fail(error, "getsockopt");
  if (type != SOCK_STREAM) {
    errno = ENOTSOCK;
    return mp_fail(error, "getsockopt");
  }
  int own = mp_net_duplicate(fd);
  if (own < 0) return mp_fail(error, "fcntl");
  if (is_tcp(own)) mp_net_probe_when_idle(own);
  return own;
}

int mp_stream_take(int fd, mp_error *error) {
  int own = mp_stream_duplicate(fd, error);
  if (own < 0) return -1;
  int listens = 0;
  socklen_t size = sizeof listens;
  if (getsockopt(own, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || !listens) {
    errno = EINVAL;
    return mp_fail_closing(own, error, "getsockopt");
  }
  if (mp_net_replace(fd) != 0) return mp_fail_closing(own, error, "dup");
  return own;
}

/* Errors of the connection, not of the listening socket: the next one may be right. */
static bool is_of_connection(int code) {
  switch (code) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case ENOPROTOOPT:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
#ifdef ENONET
    case ENONET:
#endif
    case EPERM: /* A rule of the firewall. */
      return true;
    default:
      return false;
  }
}

int mp_stream_accept(int fd, mp_error *error) {
  struct sockaddr_storage peer;
  int accepted;
  do {
    accepted = mp_net_accept(fd, &peer);
  } while (accepted < 0 && is_of_connection(errno));
  if (accepted >= 0) {
    if (peer.ss_family == AF_UNIX) return accepted;
    int on = 1;
    setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    mp_net_probe_when_idle(accepted);
    return accepted;
  }
  if (errno == EAGAIN) return MP_STREAM_NOT_NOW;
  mp_fail(error, "accept");
  return MP_STREAM_FAILED;
}

bool mp_stream_peer(int fd, char host[INET6_ADDRSTRLEN], int *port) {
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } peer;
  socklen_t size = sizeof peer;
  if (getpeername(fd, &peer.any, &size) != 0) return false;
  if (peer.any.sa_family == AF_INET) {
    *port = ntohs(peer.v4.sin_port);
    return inet_ntop(AF_INET, &peer.v4.sin_addr, host, INET6_ADDRSTRLEN) != NULL;
  }
  if (peer.any.sa_family != AF_INET6) return false;
  *port = ntohs(peer.v6.sin6_port);
  return inet_ntop(AF_INET6, &peer.v6.sin6_addr, host, INET6_ADDRSTRLEN) != NULL;
}

bool mp_stream_end_if_silent(int fd, double milliseconds) {
  if (!mp_net_is_unanswered(fd, milliseconds)) return false;
  shutdown(fd, SHUT_RDWR);
  return true;
}

static ssize_t failure(mp_error *error, const char *syscall) {
  if (errno == EAGAIN) return MP_STREAM_NOT_NOW;
  mp_fail(error, syscall);
  return MP_STREAM_FAILED;
}

ssize_t mp_stream_read(int fd, void *bytes, size_t size, mp_error *error) {
  ssize_t count;
  do {
    count = mp_net_receive(fd, bytes, size);
  } while (count < 0 && errno == EINTR);
  return count < 0 ? failure(error, "recv") : count;
}

ssize_t mp_stream_write(int fd, const void *bytes, size_t size, mp_error *error) {
  ssize_t count;
  do {
    count = mp_net_send(fd, bytes, size, NULL);
  } while (count < 0 && errno == EINTR);
  return count < 0 ? failure(error, "send") : count;
}

int mp_stream_wait(int fd, int events, double milliseconds, mp_error *error) {
  short wanted = (short)((events & MP_READABLE ? POLLIN : 0) | (events & MP_WRITABLE ? POLLOUT : 0));
  int found = mp_net_poll(fd, wanted, milliseconds);
  if (found < 0) return errno == EINTR ? 0 : mp_fail(error, "poll");
  /* An error or the end of the connection is for the next call, in either direction. */
  if (found & (POLLERR | POLLHUP | POLLNVAL)) return events;
  return (found & POLLIN ? MP_READABLE : 0) | (found & POLLOUT ? MP_WRITABLE : 0);
}
