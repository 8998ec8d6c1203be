#include "bell.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "sockets.h"

static int open_socket(void) { return mp_net_make(AF_UNIX, SOCK_DGRAM); }

int mp_bell_bind(const char *path, mp_error *error) {
  struct sockaddr_un address;
  int fd = open_socket();
  if (fd < 0) return mp_fail(error, "socket");
  int directory = mp_net_address(path, &address);
  if (directory == -2) return mp_fail_closing(fd, error, "bind");
  int result = mp_net_bind(fd, path, &address);
  if (result != 0) mp_fail_closing(fd, error, "bind");
  if (directory >= 0) close(directory);
  return result == 0 ? fd : -1;
}

void mp_bell_take(int fd) {
  char byte;
  (void)!mp_net_receive(fd, &byte, 1);
}

int mp_bell_wait(int fd, const uint32_t *word, uint32_t expected, double milliseconds, mp_error *error) {
  /* The caller has said that it sleeps, and only then looks at the word; a ringer changes the word, and only then looks
     whether the caller sleeps. Docs/decisions/011 has the argument. */
  if (__atomic_load_n(word, __ATOMIC_SEQ_CST) != expected) {
    mp_bell_take(fd);
    return 2;
  }
  int found = mp_net_poll(fd, POLLIN, milliseconds);
  if (found < 0) return errno == EINTR ? 0 : mp_fail(error, "poll");
  if (found == 0) return 1;
  mp_bell_take(fd);
  return 0;
}

/* 0, or errno */
static int send_from(int fd, const struct sockaddr_un *address) {
  return mp_net_send(fd, "", 1, address) >= 0 ? 0 : errno;
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
  switch (code) {
    case 0:
      return 1;
    case ENOENT:
    case ECONNREFUSED:
    case ECONNRESET:
    case ENOTCONN:
    /* So macOS says of a file that is no socket, and of a bell whose owner is gone. */
    case ENOTSOCK:
    case EDESTADDRREQ:
      return 0;
    default:
      errno = code;
      return mp_fail(error, syscall);
  }
}

int mp_bell_ring(const char *path, mp_error *error) {
  struct sockaddr_un address;
  int directory = mp_net_address(path, &address);
  if (directory == -2) return errno == ENOENT ? 0 : mp_fail(error, "sendto");
  int code = send_to(&address);
  if (directory >= 0) close(directory);
  return answer_of(code, "sendto", error);
}

int mp_bell_connect(const char *path, int *out, mp_error *error) {
  struct sockaddr_un address;
  int fd = open_socket();
  if (fd < 0) return mp_fail(error, "socket");
  int directory = mp_net_address(path, &address);
  int code = directory == -2 ? errno : 0;
  if (code == 0 && connect(fd, (struct sockaddr *)&address, sizeof address) != 0) code = errno;
  if (directory >= 0) close(directory);
  if (code == 0) *out = fd;
  else close(fd);
  return answer_of(code, "connect", error);
}

int mp_bell_ring_connected(int fd, mp_error *error) {
  int code = send_from(fd, NULL);
  /* Nothing but rings of this one bell counts as sent from here: full is its socket, and so it has been rung. */
  return answer_of(is_full(code) ? 0 : code, "send", error);
}
