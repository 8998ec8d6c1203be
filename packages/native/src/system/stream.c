#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int mp_stream_duplicate(int fd, mp_error *error) {
  int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (own < 0) return mp_fail(error, "fcntl");
  int type;
  socklen_t size = sizeof type;
  if (getsockopt(own, SOL_SOCKET, SO_TYPE, &type, &size) != 0) return mp_fail_closing(own, error, "getsockopt");
  if (type == SOCK_STREAM) return own;
  errno = ENOTSOCK;
  return mp_fail_closing(own, error, "getsockopt");
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
