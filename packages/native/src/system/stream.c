#include "stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* An idle TCP connection is asked for a sign of life after this long; it is at its end when none of the probes gets an answer. */
enum { SILENCE_S = 10, PROBE_S = 2, PROBES = 5 };

/* Without these the kernel waits without limit for a machine that is gone, while nothing is sent. */
static void probe_when_idle(int fd) {
  int on = 1, silence = SILENCE_S, probe = PROBE_S, probes = PROBES;
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &silence, sizeof silence);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &probe, sizeof probe);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

int mp_stream_duplicate(int fd, mp_error *error) {
  int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (own < 0) return mp_fail(error, "fcntl");
  int type;
  socklen_t size = sizeof type;
  if (getsockopt(own, SOL_SOCKET, SO_TYPE, &type, &size) != 0) return mp_fail_closing(own, error, "getsockopt");
  if (type == SOCK_STREAM) {
    int domain;
    size = sizeof domain;
    if (getsockopt(own, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain != AF_UNIX) probe_when_idle(own);
    return own;
  }
  errno = ENOTSOCK;
  return mp_fail_closing(own, error, "getsockopt");
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
  int idle = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (idle < 0) return mp_fail_closing(own, error, "eventfd");
  if (dup3(idle, fd, O_CLOEXEC) < 0) {
    mp_fail_closing(own, error, "dup3");
    close(idle);
    return -1;
  }
  close(idle);
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
    case ENONET:
    case EPERM: /* A rule of the firewall. */
      return true;
    default:
      return false;
  }
}

int mp_stream_accept(int fd, mp_error *error) {
  struct sockaddr_storage peer;
  socklen_t size;
  int accepted;
  do {
    size = sizeof peer;
    accepted = accept4(fd, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
  } while (accepted < 0 && is_of_connection(errno));
  if (accepted >= 0) {
    if (peer.ss_family == AF_UNIX) return accepted;
    int on = 1;
    setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    probe_when_idle(accepted);
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
  struct tcp_info info;
  socklen_t size = sizeof info;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  /* A receiver that only reads slowly answers the probes of its closed window: the last answer is never old. */
  bool waits = info.tcpi_unacked > 0 || info.tcpi_probes > 0;
  if (!waits || info.tcpi_last_ack_recv < milliseconds) return false;
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
    count = recv(fd, bytes, size, MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  return count < 0 ? failure(error, "recv") : count;
}

ssize_t mp_stream_write(int fd, const void *bytes, size_t size, mp_error *error) {
  ssize_t count;
  do {
    count = send(fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (count < 0 && errno == EINTR);
  return count < 0 ? failure(error, "send") : count;
}

int mp_stream_wait(int fd, int events, double milliseconds, mp_error *error) {
  short wanted = (short)((events & MP_READABLE ? POLLIN : 0) | (events & MP_WRITABLE ? POLLOUT : 0));
  struct pollfd entry = {.fd = fd, .events = wanted};
  long long nanoseconds = (long long)(milliseconds * 1e6);
  struct timespec time = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
  int count = ppoll(&entry, 1, &time, NULL);
  if (count < 0) return errno == EINTR ? 0 : mp_fail(error, "ppoll");
  /* An error or the end of the connection is for the next call, in either direction. */
  if (entry.revents & (POLLERR | POLLHUP | POLLNVAL)) return events;
  return (entry.revents & POLLIN ? MP_READABLE : 0) | (entry.revents & POLLOUT ? MP_WRITABLE : 0);
}
