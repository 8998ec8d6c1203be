#include "sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* Where it is missing there is SO_NOSIGPIPE. */
#endif

/* The socket itself must not block: the flag of one send that says so is not heard everywhere. @return `fd`, or -1 */
static int prepared(int fd) {
  if (fd < 0) return -1;
#ifdef SO_NOSIGPIPE
  int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
  int flags = fcntl(fd, F_GETFL);
  if (flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0) return fd;
  int code = errno;
  close(fd);
  errno = code;
  return -1;
}

int mp_net_make(int domain, int type) { return prepared(socket(domain, type, 0)); }

int mp_net_duplicate(int fd) { return prepared(fcntl(fd, F_DUPFD_CLOEXEC, 3)); }

int mp_net_accept(int fd, struct sockaddr_storage *peer) {
  socklen_t size = sizeof *peer;
  /* Where the system does not say from whom, it is a Unix socket. */
  peer->ss_family = AF_UNIX;
  return prepared(accept(fd, (struct sockaddr *)peer, &size));
}

int mp_net_replace(int fd) {
  /* Without an address nothing reaches it. */
  int idle = mp_net_make(AF_UNIX, SOCK_DGRAM);
  if (idle < 0) return -1;
  int result = dup2(idle, fd) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ? -1 : 0;
  int code = errno;
  close(idle);
  errno = code;
  return result;
}

int mp_net_address(const char *path, struct sockaddr_un *out) {
  memset(out, 0, sizeof *out);
  out->sun_family = AF_UNIX;
  size_t length = strlen(path);
  if (length > MP_ADDRESS_MOST) {
    errno = ENAMETOOLONG;
    return -2;
  }
  memcpy(out->sun_path, path, length + 1);
  return -1;
}

int mp_net_bind(int fd, const char *path, const struct sockaddr_un *address) {
  if (bind(fd, (const struct sockaddr *)address, sizeof *address) != 0) return -1;
  if (chmod(path, 0600) == 0) return 0;
  int code = errno;
  unlink(path);
  errno = code;
  return -1;
}

ssize_t mp_net_send(int fd, const void *bytes, size_t size, const struct sockaddr_un *to) {
  return sendto(fd, bytes, size, MSG_NOSIGNAL, (const struct sockaddr *)to, to == NULL ? 0 : sizeof *to);
}

ssize_t mp_net_receive(int fd, void *bytes, size_t size) { return recv(fd, bytes, size, 0); }

int mp_net_poll(int fd, short events, double milliseconds) {
  struct pollfd entry = {.fd = fd, .events = events};
  int limit = milliseconds >= INT_MAX ? INT_MAX : (int)milliseconds;
  int count = poll(&entry, 1, limit < milliseconds ? limit + 1 : limit);
  return count < 0 ? -1 : entry.revents;
}

/* What the system has of it: without these the kernel waits without limit for a machine that is gone, while nothing is sent. */
void mp_net_probe_when_idle(int fd) {
  int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
#if defined TCP_KEEPIDLE || defined TCP_KEEPALIVE
  int silence = MP_SILENCE_S;
#ifdef TCP_KEEPIDLE
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &silence, sizeof silence);
#else
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPALIVE, &silence, sizeof silence);
#endif
#endif
#ifdef TCP_KEEPINTVL
  int probe = MP_PROBE_S;
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &probe, sizeof probe);
#endif
#ifdef TCP_KEEPCNT
  int probes = MP_PROBES;
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
#endif
#ifdef TCP_RXT_CONNDROPTIME
  /* And when something was sent that nobody answers. */
  int unanswered = MP_SILENCE_S + MP_PROBE_S * MP_PROBES;
  setsockopt(fd, IPPROTO_TCP, TCP_RXT_CONNDROPTIME, &unanswered, sizeof unanswered);
#endif
}

/* Not told by the system in one and the same way. */
int mp_net_is_unanswered(int fd, double milliseconds) {
  (void)fd;
  (void)milliseconds;
  return 0;
}
