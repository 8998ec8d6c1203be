#include "bell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* A socket address holds 107 characters: a longer path is reached through an open directory.
   @return the descriptor to close afterwards, -1 = none needed, -2 = error (errno) */
static int address_of(const char *path, struct sockaddr_un *out) {
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

static int open_socket(void) { return socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

int mp_bell_bind(const char *path, mp_error *error) {
  struct sockaddr_un address;
  int fd = open_socket();
  if (fd < 0) return mp_fail(error, "socket");
  int directory = address_of(path, &address);
  if (directory == -2) return mp_fail_closing(fd, error, "bind");
  /* The file that bind() makes takes its mode from the socket. */
  int result = fchmod(fd, 0600) == 0 ? bind(fd, (struct sockaddr *)&address, sizeof address) : -1;
  if (result != 0) mp_fail_closing(fd, error, "bind");
  if (directory >= 0) close(directory);
  return result == 0 ? fd : -1;
}

void mp_bell_take(int fd) {
  char byte;
  (void)!recv(fd, &byte, 1, 0);
}

/* 0, or errno */
static int send_from(int fd, const struct sockaddr_un *address) {
  ssize_t sent = sendto(fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)address, sizeof *address);
  return sent >= 0 ? 0 : errno;
}

/* The socket that every thread of this process rings from; the first one to come makes it. -1 = error (errno) */
static int shared_sender(void) {
  static int sender = -1;
  int known = __atomic_load_n(&sender, __ATOMIC_ACQUIRE);
  if (known >= 0) return known;
  int made = open_socket();
  if (made < 0) return -1;
  if (__atomic_compare_exchange_n(&sender, &known, made, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return made;
  close(made);
  return known;
}

static bool is_full(int code) { return code == EAGAIN || code == ENOBUFS; }

/* 0, or errno */
static int send_to(const struct sockaddr_un *address) {
  int shared = shared_sender();
  if (shared < 0) return errno;
  int code = send_from(shared, address);
  if (!is_full(code)) return code;
  /* Full is their socket, or ours: datagrams that other, stopped listeners have not taken yet count as ours. A fresh
     socket has sent none; if that is refused too, theirs is full, and so it has been rung. */
  int fresh = open_socket();
  if (fresh < 0) return errno;
  code = send_from(fresh, address);
  close(fresh);
  return is_full(code) ? 0 : code;
}

static int answer_of(int code, const char *syscall, mp_error *error) {
  if (code == 0) return 1;
  if (code == ENOENT || code == ECONNREFUSED || code == ECONNRESET || code == ENOTCONN) return 0;
  errno = code;
  return mp_fail(error, syscall);
}

int mp_bell_ring(const char *path, mp_error *error) {
  struct sockaddr_un address;
  int directory = address_of(path, &address);
  if (directory == -2) return errno == ENOENT ? 0 : mp_fail(error, "sendto");
  int code = send_to(&address);
  if (directory >= 0) close(directory);
  return answer_of(code, "sendto", error);
}

int mp_bell_connect(const char *path, int *out, mp_error *error) {
  struct sockaddr_un address;
  int fd = open_socket();
  if (fd < 0) return mp_fail(error, "socket");
  int directory = address_of(path, &address);
  int code = directory == -2 ? errno : 0;
  if (code == 0 && connect(fd, (struct sockaddr *)&address, sizeof address) != 0) code = errno;
  if (directory >= 0) close(directory);
  if (code == 0) *out = fd;
  else close(fd);
  return answer_of(code, "connect", error);
}

int mp_bell_ring_connected(int fd, mp_error *error) {
  int code = send(fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 ? 0 : errno;
  /* Nothing but rings of this one bell counts as sent from here: full is its socket, and so it has been rung. */
  return answer_of(is_full(code) ? 0 : code, "send", error);
}
