#include "../../src/system/stream.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

static char block[1 << 16];

static void pair(int ends[2]) {
  mp_error error;
  int raw[2];
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, raw) == 0);
  for (int i = 0; i < 2; i++) {
    ends[i] = mp_stream_duplicate(raw[i], &error);
    CHECK(ends[i] >= 0 && (fcntl(ends[i], F_GETFD) & FD_CLOEXEC) != 0);
    close(raw[i]);
  }
}

static void no_streams(void) {
  mp_error error;
  int ends[2];
  CHECK(mp_stream_duplicate(-1, &error) == -1 && error.code == EBADF);
  CHECK(pipe(ends) == 0);
  CHECK(mp_stream_duplicate(ends[0], &error) == -1 && error.code == ENOTSOCK);
  close(ends[0]);
  close(ends[1]);
  CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
  CHECK(mp_stream_duplicate(ends[0], &error) == -1 && error.code == ENOTSOCK);
  close(ends[0]);
  close(ends[1]);
}

/* A socket that listens at a free port of this machine. */
static int listening(struct sockaddr_in *address) {
  *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof *address;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  CHECK(bind(fd, (struct sockaddr *)address, size) == 0 && listen(fd, 5) == 0);
  CHECK(getsockname(fd, (struct sockaddr *)address, &size) == 0);
  return fd;
}

/* The owner keeps a descriptor that is never ready; the connections come to the thread that took the socket. */
static void taking(void) {
  mp_error error;
  struct sockaddr_in address;
  char host[INET6_ADDRSTRLEN];
  int port, ends[2];
  int owner = listening(&address);
  int own = mp_stream_take(owner, &error);
  CHECK(own >= 0);
  CHECK(mp_stream_accept(own, &error) == MP_STREAM_NOT_NOW);
  int client = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(connect(client, (struct sockaddr *)&address, sizeof address) == 0);
  CHECK(mp_stream_wait(own, MP_READABLE, 1000, &error) == MP_READABLE);
  CHECK(mp_stream_wait(owner, MP_READABLE, 0, &error) == 0);
  close(owner);
  int accepted = mp_stream_accept(own, &error);
  CHECK(accepted >= 0 && (fcntl(accepted, F_GETFD) & FD_CLOEXEC) != 0 && (fcntl(accepted, F_GETFL) & O_NONBLOCK) != 0);
  int no_delay = 0;
  socklen_t size = sizeof no_delay;
  CHECK(getsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &no_delay, &size) == 0 && no_delay);
  CHECK(mp_stream_peer(accepted, host, &port) && strcmp(host, "127.0.0.1") == 0);
  struct sockaddr_in mine;
  size = sizeof mine;
  CHECK(getsockname(client, (struct sockaddr *)&mine, &size) == 0 && ntohs(mine.sin_port) == port);
  close(client);
  close(accepted);
  close(own);
  CHECK(mp_stream_accept(own, &error) == MP_STREAM_FAILED && error.code == EBADF);

  pair(ends);
  CHECK(!mp_stream_peer(ends[0], host, &port));
  CHECK(mp_stream_take(ends[0], &error) == -1 && error.code == EINVAL);
  CHECK(mp_stream_wait(ends[0], MP_WRITABLE, 0, &error) == MP_WRITABLE);
  close(ends[0]);
  close(ends[1]);
}

/* The descriptors block, and still no step does. */
static void steps(void) {
  mp_error error;
  int ends[2];
  char byte;
  pair(ends);
  CHECK(mp_stream_read(ends[0], &byte, 1, &error) == MP_STREAM_NOT_NOW);
  CHECK(mp_stream_wait(ends[0], MP_READABLE, 1, &error) == 0);
  CHECK(mp_stream_wait(ends[0], MP_READABLE | MP_WRITABLE, 1000, &error) == MP_WRITABLE);
  ssize_t count = 0, all = 0;
  while ((count = mp_stream_write(ends[0], block, sizeof block, &error)) > 0) all += count;
  CHECK(count == MP_STREAM_NOT_NOW && all > 0);
  CHECK(mp_stream_wait(ends[0], MP_WRITABLE, 1, &error) == 0);
  CHECK(mp_stream_wait(ends[1], MP_READABLE, 1000, &error) == MP_READABLE);
  while ((count = mp_stream_read(ends[1], block, sizeof block, &error)) > 0) all -= count;
  CHECK(count == MP_STREAM_NOT_NOW && all == 0);
  CHECK(mp_stream_wait(ends[0], MP_WRITABLE, 1000, &error) == MP_WRITABLE);
  close(ends[0]);
  CHECK(mp_stream_wait(ends[1], MP_READABLE, 1000, &error) == MP_READABLE);
  CHECK(mp_stream_read(ends[1], &byte, 1, &error) == 0);
  CHECK(mp_stream_wait(ends[1], MP_WRITABLE, 1000, &error) == MP_WRITABLE);
  CHECK(mp_stream_write(ends[1], &byte, 1, &error) == MP_STREAM_FAILED && error.code == EPIPE);
  CHECK(strcmp(error.syscall, "send") == 0);
  close(ends[1]);
  CHECK(mp_stream_read(ends[1], &byte, 1, &error) == MP_STREAM_FAILED && error.code == EBADF);
}

/* Who closes with something unread resets the connection. */
static void reset(void) {
  mp_error error;
  int ends[2];
  char byte;
  pair(ends);
  CHECK(mp_stream_write(ends[0], "x", 1, &error) == 1);
  close(ends[1]);
  CHECK(mp_stream_wait(ends[0], MP_READABLE, 1000, &error) == MP_READABLE);
  CHECK(mp_stream_read(ends[0], &byte, 1, &error) == MP_STREAM_FAILED && error.code == ECONNRESET);
  close(ends[0]);
}

void test_stream(void) {
  no_streams();
  taking();
  steps();
  reset();
}
