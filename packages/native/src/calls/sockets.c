/* Stream sockets. */
#include "../arguments.h"
#include "../socket.h"
#include "../system/stream.h"
#include "../throw.h"
#include "calls.h"

#define SILENCE_MOST_MS 3600000

/* What sockets are made of: a descriptor, and a function. */
static bool take_descriptor(napi_env env, napi_callback_info info, int *descriptor, napi_value *on_ready) {
  napi_value arguments[2];
  int64_t fd;
  if (!mp_take(env, info, 2, arguments) ||
      !mp_take_whole(env, arguments[0], 0, INT32_MAX, "descriptor must be a whole number from 0 to 2^31-1", &fd) ||
      !mp_take_function(env, arguments[1], "onReady must be a function")) {
    return false;
  }
  *descriptor = (int)fd;
  *on_ready = arguments[1];
  return true;
}

static napi_value js_socket_open(napi_env env, napi_callback_info info) {
  int fd;
  napi_value on_ready;
  return take_descriptor(env, info, &fd, &on_ready) ? mp_socket_open(env, fd, on_ready) : NULL;
}

static napi_value js_socket_listen(napi_env env, napi_callback_info info) {
  int fd;
  napi_value on_ready;
  return take_descriptor(env, info, &fd, &on_ready) ? mp_socket_listen(env, fd, on_ready) : NULL;
}

/* A socket that is not closed. NULL = an exception is pending. */
static mp_socket *take_open_socket(napi_env env, napi_value object) {
  mp_socket *socket = mp_socket_of(env, object);
  if (socket == NULL || mp_socket_descriptor(socket) >= 0) return socket;
  mp_throw_code(env, "EBADF", "Cannot use a socket that was closed");
  return NULL;
}

static napi_value js_socket_accept(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  if (!mp_take(env, info, 2, arguments)) return NULL;
  mp_socket *listening = take_open_socket(env, arguments[0]);
  if (listening == NULL || !mp_take_function(env, arguments[1], "onReady must be a function")) return NULL;
  return mp_socket_accept(env, listening, arguments[1]);
}

static napi_value js_socket_peer(napi_env env, napi_callback_info info) {
  napi_value arguments[1], result, host, port;
  char name[INET6_ADDRSTRLEN];
  int number;
  if (!mp_take(env, info, 1, arguments)) return NULL;
  mp_socket *socket = take_open_socket(env, arguments[0]);
  if (socket == NULL || !mp_stream_peer(mp_socket_descriptor(socket), name, &number)) return NULL;
  if (napi_create_object(env, &result) != napi_ok ||
      napi_create_string_latin1(env, name, NAPI_AUTO_LENGTH, &host) != napi_ok ||
      napi_create_int32(env, number, &port) != napi_ok ||
      napi_set_named_property(env, result, "host", host) != napi_ok ||
      napi_set_named_property(env, result, "port", port) != napi_ok) {
    return NULL;
  }
  return result;
}

/* What both directions take: a socket, and the part of some bytes that is meant. */
static mp_socket *take_transfer(napi_env env, napi_callback_info info, char **bytes, size_t *size) {
  napi_value arguments[4];
  const void *all;
  size_t all_size;
  int64_t from, to;
  if (!mp_take(env, info, 4, arguments)) return NULL;
  mp_socket *socket = take_open_socket(env, arguments[0]);
  if (socket == NULL || !mp_take_bytes(env, arguments[1], "bytes must be a Uint8Array", &all, &all_size) ||
      !mp_take_whole(env, arguments[2], 0, (double)all_size, "from must be a place in the bytes", &from) ||
      !mp_take_whole(env, arguments[3], (double)from + 1, (double)all_size,
                     "to must be a place in the bytes, behind from", &to)) {
    return NULL;
  }
  *bytes = (char *)(uintptr_t)all + from;
  *size = (size_t)(to - from);
  return socket;
}

static napi_value transferred(napi_env env, ssize_t count, mp_error error) {
  napi_value result;
  if (count == MP_STREAM_FAILED) return mp_throw_system(env, error, "socket");
  napi_create_double(env, (double)count, &result);
  return result;
}

static napi_value js_socket_read(napi_env env, napi_callback_info info) {
  char *bytes;
  size_t size;
  mp_error error = {NULL, 0};
  mp_socket *socket = take_transfer(env, info, &bytes, &size);
  if (socket == NULL) return NULL;
  return transferred(env, mp_stream_read(mp_socket_descriptor(socket), bytes, size, &error), error);
}

static napi_value js_socket_write(napi_env env, napi_callback_info info) {
  char *bytes;
  size_t size;
  mp_error error = {NULL, 0};
  mp_socket *socket = take_transfer(env, info, &bytes, &size);
  if (socket == NULL) return NULL;
  return transferred(env, mp_stream_write(mp_socket_descriptor(socket), bytes, size, &error), error);
}

static napi_value js_socket_watch(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  int64_t events;
  bool keeps_alive;
  if (!mp_take(env, info, 3, arguments)) return NULL;
  mp_socket *socket = take_open_socket(env, arguments[0]);
  if (socket == NULL || !mp_take_whole(env, arguments[1], 0, 3, "events must be from 0 to 3", &events)) return NULL;
  if (napi_get_value_bool(env, arguments[2], &keeps_alive) != napi_ok) {
    return mp_throw_type(env, "keepsAlive must be a boolean");
  }
  int code = mp_socket_watch(socket, (int)events, keeps_alive);
  return code == 0 ? NULL : mp_throw_system(env, (mp_error){"uv_poll", -code}, "socket");
}

static napi_value js_socket_end_if_silent(napi_env env, napi_callback_info info) {
  napi_value arguments[2], result;
  double milliseconds;
  if (!mp_take(env, info, 2, arguments)) return NULL;
  mp_socket *socket = take_open_socket(env, arguments[0]);
  if (socket == NULL ||
      !mp_take_number(env, arguments[1], 0, SILENCE_MOST_MS, "milliseconds must be from 0 to 3600000", &milliseconds)) {
    return NULL;
  }
  napi_get_boolean(env, mp_stream_end_if_silent(mp_socket_descriptor(socket), milliseconds), &result);
  return result;
}

static napi_value js_socket_wait(napi_env env, napi_callback_info info) {
  napi_value arguments[3], result;
  int64_t events;
  double milliseconds;
  mp_error error;
  if (!mp_take(env, info, 3, arguments)) return NULL;
  mp_socket *socket = take_open_socket(env, arguments[0]);
  if (socket == NULL || !mp_take_whole(env, arguments[1], 1, 3, "events must be from 1 to 3", &events) ||
      !mp_take_number(env, arguments[2], 0, WAIT_MOST_MS, "milliseconds must be from 0 to 1000", &milliseconds)) {
    return NULL;
  }
  int found = mp_stream_wait(mp_socket_descriptor(socket), (int)events, milliseconds, &error);
  if (found < 0) return mp_throw_system(env, error, "socket");
  napi_create_int32(env, found, &result);
  return result;
}

static napi_value js_socket_close(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!mp_take(env, info, 1, arguments)) return NULL;
  mp_socket *socket = mp_socket_of(env, arguments[0]);
  if (socket != NULL) mp_socket_close(socket);
  return NULL;
}

const mp_call mp_socket_calls[] = {
    {"socketOpen", js_socket_open},
    {"socketListen", js_socket_listen},
    {"socketAccept", js_socket_accept},
    {"socketPeer", js_socket_peer},
    {"socketRead", js_socket_read},
    {"socketWrite", js_socket_write},
    {"socketWatch", js_socket_watch},
    {"socketEndIfSilent", js_socket_end_if_silent},
    {"socketWait", js_socket_wait},
    {"socketClose", js_socket_close},
    {NULL, NULL},
};
