#include "sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "file.h"

int mp_net_make(int domain, int type) { return socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

int mp_net_duplicate(int fd) { return fcntl(fd, F_DUPFD_CLOEXEC, 3); }

int mp_net_accept(int fd, struct sockaddr_storage *peer) {
  socklen_t size = sizeof *peer;
  return accept4(fd, (struct sockaddr *)peer, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

int mp_net_replace(int fd) {
  int idle = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (idle < 0) return -1;
  int result = dup3(idle, fd, O_CLOEXEC) < 0 ? -1 : 0;
  int code = errno;
  close(idle);
  errno = code;
  return result;
}

/* A longer path is reached through an open directory. */
int mp_net_address(const char *path, struct sockaddr_un *out) {
  memset(out, 0, sizeof *out);
  out->sun_family = AF_UNIX;
  size_t length = strlen(path);
  if (length < sizeof out->sun_path) {
    memcpy(out->sun_path, path, length + 1);
    return -1;
  }
  char directory[4096];
  size_t directory_length = mp_directory_length(path);
  if (directory_length == 0 || directory_length >= sizeof directory) {
    errno = ENAMETOOLONG;
    return -2;
  }
  memcpy(directory, path, directory_length);
  directory[directory_length] = '\0';
  int fd = mp_open(directory, O_PATH | O_DIRECTORY);
  if (fd < 0) return -2;
  const char *name = strrchr(path, '/') + 1;
  if (snprintf(out->sun_path, sizeof out->sun_path, "/proc/self/fd/%d/%s", fd, name) >= (int)sizeof out->sun_path) {
    close(fd);
    errno = ENAMETOOLONG;
    return -2;
  }
  return fd;
}

int mp_net_bind(int fd, const char *path, const struct sockaddr_un *address) {
  (void)path;
  /* The file that bind() makes takes its mode from the socket. */
  return fchmod(fd, 0600) == 0 ? bind(fd, (const struct sockaddr *)address, sizeof *address) : -1;
}

ssize_t mp_net_send(int fd, const void *bytes, size_t size, const struct sockaddr_un *to) {
  return sendto(fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)to, to == NULL ? 0 : sizeof *to);
}

ssize_t mp_net_receive(int fd, void *bytes, size_t size) { return recv(fd, bytes, size, MSG_DONTWAIT); }

int mp_net_poll(int fd, short events, double milliseconds) {
  struct pollfd entry = {.fd = fd, .events = events};
  long long nanoseconds = (long long)(milliseconds * 1e6);
  struct timespec time = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
  int count = ppoll(&entry, 1, &time, NULL);
  return count < 0 ? -1 : entry.revents;
}

/* Without these the kernel waits without limit for a machine that is gone, while nothing is sent. */
void mp_net_probe_when_idle(int fd) {
  int on = 1, silence = MP_SILENCE_S, probe = MP_PROBE_S, probes = MP_PROBES;
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &silence, sizeof silence);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &probe, sizeof probe);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

int mp_net_is_unanswered(int fd, double milliseconds) {
  struct tcp_info info;
  socklen_t size = sizeof info;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
  /* A receiver that only reads slowly answers the probes of its closed window: the last answer is never old. */
  return (info.tcpi_unacked > 0 || info.tcpi_probes > 0) && info.tcpi_last_ack_recv >= milliseconds;
}
