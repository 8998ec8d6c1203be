/* The glue between JavaScript and the rest: takes arguments apart, calls, and throws. No policy. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "arguments.h"
#include "bell.h"
#include "buffers.h"
#include "children.h"
#include "doorbell.h"
#include "lines.h"
#include "parent.h"
#include "socket.h"
#include "system/backend.h"
#include "system/bell.h"
#include "system/child.h"
#include "system/file_system.h"
#include "system/futex.h"
#include "system/liveness.h"
#include "system/stream.h"
#include "throw.h"

#define WAIT_MOST_MS 1000
#define SILENCE_MOST_MS 3600000
#define GRACE_MOST_MS 3600000

/* What one environment (the main thread, or one worker) keeps. */
typedef struct {
  mp_doorbell *doorbell;
  mp_lines *lines;
} environment;

#define SIZE_MESSAGE "size must be a whole number of bytes from 1 to 2^40"
#define AT_END_MESSAGE "atEnd must be KEEP, REMOVE_WHEN_LAST, UNLINK or REMOVE_IF_LEFT"

static napi_value js_create(napi_env env, napi_callback_info info) {
  napi_value arguments[6];
  char path[MP_PATH_ROOM];
  bool reserved = true;
  int64_t size, lock, at_end;
  const void *initial;
  size_t initial_size;
  if (!mp_take_some(env, info, 5, 6, arguments) || !mp_take_path(env, arguments[0], path) ||
      !mp_take_whole(env, arguments[1], 1, (double)MP_SIZE_MOST, SIZE_MESSAGE, &size) ||
      !mp_take_whole(env, arguments[2], 1, 2, "lock must be LOCK_SHARED or LOCK_EXCLUSIVE", &lock) ||
      !mp_take_whole(env, arguments[3], 0, 3, AT_END_MESSAGE, &at_end) ||
      !mp_take_bytes(env, arguments[4], "initial must be a Uint8Array", &initial, &initial_size)) {
    return NULL;
  }
  if (initial_size > (size_t)size) return mp_throw_range(env, "initial must not be longer than size");
  if (mp_is_given(env, arguments[5]) && napi_get_value_bool(env, arguments[5], &reserved) != napi_ok) {
    return mp_throw_type(env, "reserve must be a boolean");
  }
  mp_mapping mapping;
  mp_error error;
  int made =
      mp_segment_create(path, (size_t)size, (enum mp_lock)lock, initial, initial_size, reserved, &mapping, &error);
  if (made < 0) return mp_throw_system(env, error, path);
  return made == 0 ? NULL : mp_buffer_wrap(env, path, mapping, (enum mp_at_end)at_end, MP_UNLINK);
}

static napi_value js_attach(napi_env env, napi_callback_info info) {
  napi_value arguments[5];
  char path[MP_PATH_ROOM];
  int64_t lock, at_end, from = 0, to = (int64_t)MP_SIZE_MOST;
  if (!mp_take_some(env, info, 3, 5, arguments) || !mp_take_path(env, arguments[0], path) ||
      !mp_take_whole(env, arguments[1], 0, 1, "lock must be LOCK_NONE or LOCK_SHARED", &lock) ||
      !mp_take_whole(env, arguments[2], 0, 3, AT_END_MESSAGE, &at_end)) {
    return NULL;
  }
  static const char message[] = "from must be a multiple of the page size, and less than to: at most 2^40";
  if ((mp_is_given(env, arguments[3]) &&
       !mp_take_whole(env, arguments[3], 0, (double)(MP_SIZE_MOST - 1), message, &from)) ||
      (mp_is_given(env, arguments[4]) && !mp_take_whole(env, arguments[4], 1, (double)MP_SIZE_MOST, message, &to))) {
    return NULL;
  }
  if (from >= to || from % sysconf(_SC_PAGESIZE) != 0) return mp_throw_range(env, message);
  mp_mapping mapping;
  mp_error error;
  mp_window window = {(size_t)from, (size_t)to};
  int found = mp_segment_attach(path, (enum mp_lock)lock, window, &mapping, &error);
  if (found < 0) return mp_throw_system(env, error, path);
  return found == 0 ? NULL : mp_buffer_wrap(env, path, mapping, (enum mp_at_end)at_end, MP_KEEP);
}

static napi_value js_detach(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int64_t at_end;
  environment *self;
  void *address;
  size_t size;
  if (mp_take(env, info, 2, arguments) && mp_take_whole(env, arguments[1], 0, 3, AT_END_MESSAGE, &at_end)) {
    if (napi_get_instance_data(env, (void **)&self) == napi_ok &&
        napi_get_arraybuffer_info(env, arguments[0], &address, &size) == napi_ok) {
      mp_lines_drop(env, self->lines, address);
    }
    mp_buffer_detach(env, arguments[0], (enum mp_at_end)at_end);
  }
  return NULL;
}

static napi_value js_remove(napi_env env, napi_callback_info info) {
  napi_value arguments[1], result;
  char path[MP_PATH_ROOM];
  mp_error error;
  if (!mp_take(env, info, 1, arguments) || !mp_take_path(env, arguments[0], path)) return NULL;
  int removed = mp_segment_remove(path, &error);
  if (removed < 0) return mp_throw_system(env, error, path);
  napi_get_boolean(env, removed == 1, &result);
  return result;
}

static napi_value js_remove_left(napi_env env, napi_callback_info info) {
  napi_value arguments[1], result;
  char path[MP_PATH_ROOM];
  mp_error error;
  if (!mp_take(env, info, 1, arguments) || !mp_take_path(env, arguments[0], path)) return NULL;
  int removed = mp_segment_remove_left(path, &error);
  if (removed < 0) return mp_throw_system(env, error, path);
  napi_get_boolean(env, removed == 1, &result);
  return result;
}

static napi_value js_backend(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  napi_create_string_latin1(env, mp_backend(), NAPI_AUTO_LENGTH, &result);
  return result;
}

static napi_value js_file_system(napi_env env, napi_callback_info info) {
  napi_value arguments[1], result;
  char path[MP_PATH_ROOM], name[MP_FILE_SYSTEM_ROOM];
  mp_error error;
  if (!mp_take(env, info, 1, arguments) || !mp_take_path(env, arguments[0], path)) return NULL;
  if (mp_file_system(path, name, &error) != 0) return mp_throw_system(env, error, path);
  napi_create_string_latin1(env, name, NAPI_AUTO_LENGTH, &result);
  return result;
}

static napi_value js_doorbell_path_most(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  napi_create_int32(env, mp_bell_path_most(), &result);
  return result;
}

static napi_value js_page_size(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  napi_create_int32(env, (int32_t)sysconf(_SC_PAGESIZE), &result);
  return result;
}

static napi_value js_probe(napi_env env, napi_callback_info info) {
  napi_value arguments[1], result;
  char path[MP_PATH_ROOM];
  mp_error error;
  if (!mp_take(env, info, 1, arguments) || !mp_take_path(env, arguments[0], path)) return NULL;
  int found = mp_segment_probe(path, &error);
  if (found < 0) return mp_throw_system(env, error, path);
  napi_create_int32(env, found, &result);
  return result;
}

/* What a sleep takes: a word, what it is while one sleeps, and for how long. */
static uint32_t *take_sleep(napi_env env, napi_callback_info info, uint32_t *expected, double *milliseconds) {
  napi_value arguments[4];
  int64_t value;
  if (!mp_take(env, info, 4, arguments)) return NULL;
  uint32_t *word = mp_take_word(env, arguments[0], arguments[1]);
  if (word == NULL ||
      !mp_take_whole(env, arguments[2], INT32_MIN, UINT32_MAX, "expected must be a 32-bit number", &value) ||
      !mp_take_number(env, arguments[3], 0, WAIT_MOST_MS, "milliseconds must be from 0 to 1000", milliseconds)) {
    return NULL;
  }
  *expected = (uint32_t)value;
  return word;
}

static napi_value js_futex_wait(napi_env env, napi_callback_info info) {
  napi_value result;
  uint32_t expected;
  double milliseconds;
  uint32_t *word = take_sleep(env, info, &expected, &milliseconds);
  if (word == NULL) return NULL;
  int woken = mp_futex_wait(word, expected, milliseconds);
  if (woken < 0) return mp_throw_system(env, (mp_error){"futex", errno}, "FUTEX_WAIT");
  napi_create_int32(env, woken, &result);
  return result;
}

static napi_value js_futex_wake(napi_env env, napi_callback_info info) {
  napi_value arguments[3], result;
  int64_t count;
  if (!mp_take(env, info, 3, arguments)) return NULL;
  uint32_t *word = mp_take_word(env, arguments[0], arguments[1]);
  if (word == NULL ||
      !mp_take_whole(env, arguments[2], 1, INT32_MAX, "count must be a whole number from 1 to 2^31-1", &count)) {
    return NULL;
  }
  int woken = mp_futex_wake(word, (int)count);
  if (woken < 0) return mp_throw_system(env, (mp_error){"futex", errno}, "FUTEX_WAKE");
  napi_create_int32(env, woken, &result);
  return result;
}

static napi_value js_doorbell_open(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  char path[MP_PATH_ROOM];
  environment *self;
  if (!mp_take(env, info, 3, arguments) || !mp_take_path(env, arguments[0], path)) return NULL;
  if (!mp_take_function(env, arguments[1], "onRing must be a function") ||
      !mp_take_function(env, arguments[2], "afterRing must be a function")) {
    return NULL;
  }
  if (napi_get_instance_data(env, (void **)&self) != napi_ok) return NULL;
  if (self->doorbell != NULL) return mp_throw_state(env, "Cannot open a doorbell: this thread has one already");
  self->doorbell = mp_doorbell_open(env, path, arguments[1], arguments[2], self->lines);
  return NULL;
}

static napi_value js_doorbell_ref(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  environment *self;
  bool on;
  if (!mp_take(env, info, 1, arguments)) return NULL;
  if (napi_get_value_bool(env, arguments[0], &on) != napi_ok) return mp_throw_type(env, "on must be a boolean");
  if (napi_get_instance_data(env, (void **)&self) != napi_ok) return NULL;
  if (self->doorbell == NULL) return mp_throw_state(env, "This thread has no doorbell: call doorbellOpen() first");
  mp_doorbell_ref(self->doorbell, on);
  return NULL;
}

static napi_value js_doorbell_wait(napi_env env, napi_callback_info info) {
  napi_value result;
  uint32_t expected;
  double milliseconds;
  environment *self;
  mp_error error;
  uint32_t *word = take_sleep(env, info, &expected, &milliseconds);
  if (word == NULL || napi_get_instance_data(env, (void **)&self) != napi_ok) return NULL;
  if (self->doorbell == NULL) return mp_throw_state(env, "This thread has no doorbell: call doorbellOpen() first");
  int woken = mp_doorbell_wait(self->doorbell, word, expected, milliseconds, &error);
  if (woken < 0) return mp_throw_system(env, error, "doorbell");
  napi_create_int32(env, woken, &result);
  return result;
}

static napi_value js_ring(napi_env env, napi_callback_info info) {
  napi_value arguments[1], result;
  char path[MP_PATH_ROOM];
  mp_error error;
  if (!mp_take(env, info, 1, arguments) || !mp_take_path(env, arguments[0], path)) return NULL;
  int rung = mp_bell_ring(path, &error);
  if (rung < 0) return mp_throw_system(env, error, path);
  napi_get_boolean(env, rung == 1, &result);
  return result;
}

static napi_value js_bell_open(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  char path[MP_PATH_ROOM];
  if (!mp_take(env, info, 1, arguments) || !mp_take_path(env, arguments[0], path)) return NULL;
  return mp_bell_object(env, path);
}

static napi_value js_bell_ring(napi_env env, napi_callback_info info) {
  napi_value arguments[1], result;
  mp_error error;
  if (!mp_take(env, info, 1, arguments)) return NULL;
  const int *bell = mp_bell_of(env, arguments[0]);
  if (bell == NULL) return NULL;
  if (*bell < 0) return mp_throw_state(env, "The bell was closed");
  int rung = mp_bell_ring_connected(*bell, &error);
  if (rung < 0) return mp_throw_system(env, error, "bell");
  napi_get_boolean(env, rung == 1, &result);
  return result;
}

static napi_value js_bell_close(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!mp_take(env, info, 1, arguments)) return NULL;
  int *bell = mp_bell_of(env, arguments[0]);
  if (bell != NULL) mp_bell_close(bell);
  return NULL;
}

static napi_value with_lines(napi_env env, napi_callback_info info,
                             napi_value (*function)(napi_env, mp_lines *, napi_callback_info)) {
  environment *self;
  return napi_get_instance_data(env, (void **)&self) == napi_ok ? function(env, self->lines, info) : NULL;
}

#define LINES_FUNCTION(name, function) \
  static napi_value name(napi_env env, napi_callback_info info) { return with_lines(env, info, function); }

LINES_FUNCTION(js_line_control, mp_lines_control)
LINES_FUNCTION(js_line_open, mp_lines_open)
LINES_FUNCTION(js_line_close, mp_lines_close)
LINES_FUNCTION(js_line_send, mp_lines_send)
LINES_FUNCTION(js_line_wake, mp_lines_wake)
LINES_FUNCTION(js_line_enter, mp_lines_enter)
LINES_FUNCTION(js_line_sleep, mp_lines_sleep)
LINES_FUNCTION(js_peer_know, mp_lines_know)
LINES_FUNCTION(js_peer_forget, mp_lines_forget)

static napi_value js_process_lock(napi_env env, napi_callback_info info) {
  napi_value arguments[1], result;
  char path[MP_PATH_ROOM];
  mp_error error;
  if (!mp_take(env, info, 1, arguments) || !mp_take_path(env, arguments[0], path)) return NULL;
  const char *locked = mp_process_lock(path, &error);
  if (locked == NULL) return mp_throw_system(env, error, path);
  napi_create_string_utf8(env, locked, NAPI_AUTO_LENGTH, &result);
  return result;
}

static napi_value js_watch_parent(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  char path[MP_PATH_ROOM];
  double grace;
  int64_t exit_code;
  if (!mp_take(env, info, 4, arguments) || !mp_take_path(env, arguments[0], path) ||
      !mp_take_number(env, arguments[1], 0, GRACE_MOST_MS, "graceMilliseconds must be from 0 to 3600000", &grace) ||
      !mp_take_whole(env, arguments[2], 0, 255, "exitCode must be a whole number from 0 to 255", &exit_code) ||
      !mp_take_function(env, arguments[3], "onDeath must be a function")) {
    return NULL;
  }
  mp_parent_watch(env, path, grace, (int)exit_code, arguments[3]);
  return NULL;
}

static bool take_pid(napi_env env, napi_value value, int64_t *pid) {
  return mp_take_whole(env, value, 1, INT32_MAX, "pid must be a whole number from 1 to 2^31-1", pid);
}

static napi_value child_event(napi_env env, napi_callback_info info, void (*event)(napi_env, pid_t)) {
  napi_value arguments[1];
  int64_t pid;
  if (!mp_take(env, info, 1, arguments) || !take_pid(env, arguments[0], &pid)) return NULL;
  event(env, (pid_t)pid);
  return NULL;
}

static napi_value js_child_started(napi_env env, napi_callback_info info) {
  return child_event(env, info, mp_child_started);
}

static napi_value js_child_ended(napi_env env, napi_callback_info info) {
  return child_event(env, info, mp_child_ended);
}

static napi_value js_child_has_ended(napi_env env, napi_callback_info info) {
  napi_value arguments[1], result;
  int64_t pid;
  if (!mp_take(env, info, 1, arguments) || !take_pid(env, arguments[0], &pid)) return NULL;
  napi_get_boolean(env, mp_child_has_ended((pid_t)pid), &result);
  return result;
}

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

static void free_environment(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  free(((environment *)data)->lines);
  free(data);
}

static napi_value init(napi_env env, napi_value exports) {
  static const struct {
    const char *name;
    napi_callback call;
  } functions[] = {
      {"create", js_create},
      {"attach", js_attach},
      {"detach", js_detach},
      {"remove", js_remove},
      {"removeLeft", js_remove_left},
      {"backend", js_backend},
      {"fileSystem", js_file_system},
      {"doorbellPathMost", js_doorbell_path_most},
      {"pageSize", js_page_size},
      {"probe", js_probe},
      {"futexWait", js_futex_wait},
      {"futexWake", js_futex_wake},
      {"doorbellOpen", js_doorbell_open},
      {"doorbellRef", js_doorbell_ref},
      {"doorbellWait", js_doorbell_wait},
      {"ring", js_ring},
      {"bellOpen", js_bell_open},
      {"bellRing", js_bell_ring},
      {"bellClose", js_bell_close},
      {"lineControl", js_line_control},
      {"lineOpen", js_line_open},
      {"lineClose", js_line_close},
      {"lineSend", js_line_send},
      {"lineWake", js_line_wake},
      {"lineEnter", js_line_enter},
      {"lineSleep", js_line_sleep},
      {"peerKnow", js_peer_know},
      {"peerForget", js_peer_forget},
      {"processLock", js_process_lock},
      {"watchParent", js_watch_parent},
      {"childStarted", js_child_started},
      {"childEnded", js_child_ended},
      {"childHasEnded", js_child_has_ended},
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
  };
  mp_stay_loaded();
  environment *self = calloc(1, sizeof *self);
  if (self != NULL) self->lines = mp_lines_new();
  if (self == NULL || self->lines == NULL || napi_set_instance_data(env, self, free_environment, NULL) != napi_ok) {
    if (self != NULL) free(self->lines);
    free(self);
    return mp_throw_code(env, "ENOMEM", "Cannot load @mp/native: out of memory");
  }
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_value function;
    napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].call, NULL, &function);
    napi_set_named_property(env, exports, functions[i].name, function);
  }
  return exports;
}

NAPI_MODULE(NODE_GYP_MODULE_NAME, init)
