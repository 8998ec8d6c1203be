#include "doorbell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "callback.h"
#include "mappings.h"
#include "throw.h"

/* One ring per datagram, and only one is under way per answer: a few reads empty the socket. */
#define DRAIN_MOST 64

struct mp_doorbell {
  uv_poll_t poll;
  int socket;
  mp_callback on_ring;
  napi_async_cleanup_hook_handle hook;
  char path[];
};

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
  const char *slash = strrchr(path, '/');
  if (slash == NULL || (size_t)(slash - path) >= sizeof directory) {
    errno = ENAMETOOLONG;
    return -2;
  }
  memcpy(directory, path, (size_t)(slash - path));
  directory[slash - path] = '\0';
  int fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return -2;
  if (snprintf(out->sun_path, sizeof out->sun_path, "/proc/self/fd/%d%s", fd, slash) >= (int)sizeof out->sun_path) {
    close(fd);
    errno = ENAMETOOLONG;
    return -2;
  }
  return fd;
}

static void on_readable(uv_poll_t *poll, int status, int events) {
  mp_doorbell *doorbell = poll->data;
  char byte;
  (void)status;
  (void)events;
  for (int i = 0; i < DRAIN_MOST && recv(doorbell->socket, &byte, 1, 0) >= 0; i++) {
  }
  mp_callback_call(&doorbell->on_ring);
}

static void on_closed(uv_handle_t *handle) {
  mp_doorbell *doorbell = handle->data;
  close(doorbell->socket);
  napi_async_cleanup_hook_handle hook = doorbell->hook;
  free(doorbell);
  napi_remove_async_cleanup_hook(hook);
}

/* The environment ends. The handle must be closed before its loop is, or the process aborts. */
static void on_cleanup(napi_async_cleanup_hook_handle hook, void *data) {
  mp_doorbell *doorbell = data;
  (void)hook;
  mp_unlink_now(doorbell->path);
  mp_callback_destroy(&doorbell->on_ring);
  uv_poll_stop(&doorbell->poll);
  uv_close((uv_handle_t *)&doorbell->poll, on_closed);
}

static int bind_socket(const char *path, const char **failed) {
  struct sockaddr_un address;
  *failed = "socket";
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  *failed = "bind";
  int directory = address_of(path, &address);
  unlink(path);
  int result = directory == -2 ? -1 : bind(fd, (struct sockaddr *)&address, sizeof address);
  int code = errno;
  if (directory >= 0) close(directory);
  if (result == 0) return fd;
  close(fd);
  errno = code;
  return -1;
}

mp_doorbell *mp_doorbell_open(napi_env env, const char *path, napi_value on_ring) {
  mp_error error;
  uv_loop_t *loop;
  size_t length = strlen(path);
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) {
    mp_throw_range(env, "Cannot open a doorbell: this environment has no event loop");
    return NULL;
  }
  int fd = bind_socket(path, &error.syscall);
  if (fd < 0) {
    error.code = errno;
    mp_throw_system(env, error, path);
    return NULL;
  }
  mp_doorbell *doorbell = calloc(1, sizeof *doorbell + length + 1);
  if (doorbell == NULL || !mp_callback_init(env, on_ring, "mp:doorbell", &doorbell->on_ring) ||
      uv_poll_init_socket(loop, &doorbell->poll, fd) != 0) {
    close(fd);
    unlink(path);
    free(doorbell);
    mp_throw_range(env, "Cannot open a doorbell: out of memory or handles");
    return NULL;
  }
  memcpy(doorbell->path, path, length + 1);
  doorbell->socket = fd;
  doorbell->poll.data = doorbell;
  mp_unlink_at_exit(path);
  uv_unref((uv_handle_t *)&doorbell->poll);
  uv_poll_start(&doorbell->poll, UV_READABLE, on_readable);
  napi_add_async_cleanup_hook(env, on_cleanup, doorbell, &doorbell->hook);
  return doorbell;
}

void mp_doorbell_ref(mp_doorbell *doorbell, bool on) {
  if (on) uv_ref((uv_handle_t *)&doorbell->poll);
  else uv_unref((uv_handle_t *)&doorbell->poll);
}

static int sender = -1;
static uv_once_t sender_once = UV_ONCE_INIT;

static void open_sender(void) { sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

int mp_doorbell_ring(const char *path) {
  struct sockaddr_un address;
  uv_once(&sender_once, open_sender);
  int directory = address_of(path, &address);
  if (directory == -2) return errno == ENOENT ? 0 : -1;
  ssize_t sent =
      sendto(sender, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&address, sizeof address);
  int code = errno;
  if (directory >= 0) close(directory);
  if (sent >= 0) return 1;
  if (code == ENOENT || code == ECONNREFUSED) return 0;
  /* A full socket has a ring in it already. */
  if (code == EAGAIN || code == ENOBUFS) return 1;
  errno = code;
  return -1;
}
