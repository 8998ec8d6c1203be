/* Segment files: what maps, probes and removes one. */
#include <unistd.h>

#include "../arguments.h"
#include "../buffers.h"
#include "../environment.h"
#include "../throw.h"
#include "calls.h"

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
  mp_environment *self;
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

static napi_value remove_by(napi_env env, napi_callback_info info, int (*removal)(const char *, mp_error *)) {
  napi_value arguments[1], result;
  char path[MP_PATH_ROOM];
  mp_error error;
  if (!mp_take(env, info, 1, arguments) || !mp_take_path(env, arguments[0], path)) return NULL;
  int removed = removal(path, &error);
  if (removed < 0) return mp_throw_system(env, error, path);
  napi_get_boolean(env, removed == 1, &result);
  return result;
}

static napi_value js_remove(napi_env env, napi_callback_info info) { return remove_by(env, info, mp_segment_remove); }

static napi_value js_remove_left(napi_env env, napi_callback_info info) {
  return remove_by(env, info, mp_segment_remove_left);
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

const mp_call mp_segment_calls[] = {
    {"create", js_create},
    {"attach", js_attach},
    {"detach", js_detach},
    {"remove", js_remove},
    {"removeLeft", js_remove_left},
    {"probe", js_probe},
    {NULL, NULL},
};
