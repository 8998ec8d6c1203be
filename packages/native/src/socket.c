#include "socket.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "callback.h"
#include "system/stream.h"
#include "throw.h"

/* Two hold the memory: the object (until it is collected) and the poll handle (until the loop has let it go). */
struct mp_socket {
  uv_poll_t poll;
  int fd; /* -1 = closed */
  int events; /* of libuv */
  int holders;
  bool callback_lives;
  mp_callback on_ready;
  napi_async_cleanup_hook_handle hook;
};

/* Tells our objects from those of other addons. */
static const napi_type_tag tag = {0x6d70736f636b6574, 0x9b5c1f4e7a3d2086};

static void drop(mp_socket *socket) {
  if (--socket->holders == 0) free(socket);
}

static void destroy_callback(mp_socket *socket) {
  if (!socket->callback_lives) return;
  socket->callback_lives = false;
  mp_callback_destroy(&socket->on_ready);
}

static void on_closed(uv_handle_t *handle) {
  mp_socket *socket = handle->data;
  napi_async_cleanup_hook_handle hook = socket->hook;
  /* Not earlier: the socket may be closed from within the callback. */
  destroy_callback(socket);
  drop(socket);
  napi_remove_async_cleanup_hook(hook);
}

void mp_socket_close(mp_socket *socket) {
  if (socket->fd < 0) return;
  uv_poll_stop(&socket->poll);
  uv_close((uv_handle_t *)&socket->poll, on_closed);
  /* libuv looks at it no more. The other end learns of it now, not when this thread is back in its loop. */
  close(socket->fd);
  socket->fd = -1;
}

/* The environment ends: nothing of it may be used when the loop has let go of the handle. */
static void on_cleanup(napi_async_cleanup_hook_handle hook, void *data) {
  (void)hook;
  destroy_callback(data);
  mp_socket_close(data);
}

static void finalize(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  mp_socket_close(data);
  drop(data);
}

static void on_events(uv_poll_t *poll, int status, int events) {
  mp_socket *socket = poll->data;
  (void)events;
  /* libuv stops watching what has failed. The failure is for the next step to find; until then it is "ready". */
  if (status < 0) uv_poll_start(poll, socket->events, on_events);
  mp_callback_call(&socket->on_ready);
}

int mp_socket_watch(mp_socket *socket, int events, bool keeps_alive) {
  if (keeps_alive) uv_ref((uv_handle_t *)&socket->poll);
  else uv_unref((uv_handle_t *)&socket->poll);
  if (events == 0) return uv_poll_stop(&socket->poll);
  socket->events = (events & MP_READABLE ? UV_READABLE : 0) | (events & MP_WRITABLE ? UV_WRITABLE : 0);
  return uv_poll_start(&socket->poll, socket->events, on_events);
}

mp_socket *mp_socket_of(napi_env env, napi_value object) {
  napi_valuetype type;
  bool is_ours;
  void *found;
  /* Asked first: to look at the tag of null throws an exception of its own. */
  if (napi_typeof(env, object, &type) == napi_ok && type == napi_object &&
      napi_check_object_type_tag(env, object, &tag, &is_ours) == napi_ok && is_ours &&
      napi_unwrap(env, object, &found) == napi_ok) {
    return found;
  }
  mp_throw_type(env, "socket must be one of socketOpen()");
  return NULL;
}

int mp_socket_descriptor(const mp_socket *socket) { return socket->fd; }

/* The poll handle, once it is initialised, can only go through the loop: so it comes last of what can fail. */
static int start(napi_env env, mp_socket *socket) {
  uv_loop_t *loop;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return UV_EINVAL;
  int code = uv_poll_init_socket(loop, &socket->poll, socket->fd);
  if (code != 0) return code;
  socket->poll.data = socket;
  socket->holders++;
  napi_add_async_cleanup_hook(env, on_cleanup, socket, &socket->hook);
  return 0;
}

/* Nothing of it is in a loop or in an object yet. */
static napi_value give_up(napi_env env, mp_socket *socket, mp_error error) {
  destroy_callback(socket);
  close(socket->fd);
  free(socket);
  return mp_throw_system(env, error, "socket");
}

/* An object for a descriptor that is ours. */
static napi_value wrap(napi_env env, int own, napi_value on_ready) {
  napi_value object;
  mp_socket *socket = calloc(1, sizeof *socket);
  if (socket == NULL) {
    close(own);
    return mp_throw_system(env, (mp_error){"malloc", ENOMEM}, "socket");
  }
  socket->fd = own;
  socket->callback_lives = mp_callback_init(env, on_ready, "mp:socket", &socket->on_ready);
  if (!socket->callback_lives || napi_create_object(env, &object) != napi_ok ||
      napi_type_tag_object(env, object, &tag) != napi_ok) {
    return give_up(env, socket, (mp_error){"malloc", ENOMEM});
  }
  int code = start(env, socket);
  if (code != 0) return give_up(env, socket, (mp_error){"uv_poll", -code});
  if (napi_wrap(env, object, socket, finalize, NULL, NULL) != napi_ok) {
    mp_socket_close(socket);
    return mp_throw_system(env, (mp_error){"malloc", ENOMEM}, "socket");
  }
  socket->holders++;
  return object;
}

napi_value mp_socket_open(napi_env env, int fd, napi_value on_ready) {
  mp_error error;
  int own = mp_stream_duplicate(fd, &error);
  return own < 0 ? mp_throw_system(env, error, "socket") : wrap(env, own, on_ready);
}

napi_value mp_socket_listen(napi_env env, int fd, napi_value on_ready) {
  mp_error error;
  int own = mp_stream_take(fd, &error);
  return own < 0 ? mp_throw_system(env, error, "socket") : wrap(env, own, on_ready);
}

napi_value mp_socket_accept(napi_env env, const mp_socket *listening, napi_value on_ready) {
  mp_error error;
  int accepted = mp_stream_accept(listening->fd, &error);
  if (accepted == MP_STREAM_FAILED) return mp_throw_system(env, error, "socket");
  if (accepted != MP_STREAM_NOT_NOW) return wrap(env, accepted, on_ready);
  napi_value nothing;
  return napi_get_undefined(env, &nothing) == napi_ok ? nothing : NULL;
}
