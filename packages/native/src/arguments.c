#include "arguments.h"

#include <string.h>

#include "throw.h"

/* The longest character of UTF-8: a path that leaves less room than this may have been cut. */
#define CHARACTER_MOST 4

bool mp_take(napi_env env, napi_callback_info info, size_t count, napi_value *arguments) {
  return mp_take_some(env, info, count, count, arguments);
}

bool mp_take_some(napi_env env, napi_callback_info info, size_t least, size_t most, napi_value *arguments) {
  size_t given = most;
  if (napi_get_cb_info(env, info, &given, arguments, NULL, NULL) != napi_ok) return false;
  if (given >= least) return true;
  mp_throw_type(env, "Too few arguments");
  return false;
}

bool mp_take_path(napi_env env, napi_value value, char path[MP_PATH_ROOM]) {
  size_t length;
  if (napi_get_value_string_utf8(env, value, path, MP_PATH_ROOM, &length) != napi_ok) {
    mp_throw_type(env, "path must be a string");
    return false;
  }
  if (path[0] == '/' && strlen(path) == length && length < MP_PATH_ROOM - CHARACTER_MOST) return true;
  mp_throw_range(env, "path must be absolute, without NUL, and shorter than 4092 bytes");
  return false;
}

bool mp_take_number(napi_env env, napi_value value, double least, double most, const char *message, double *out) {
  if (napi_get_value_double(env, value, out) != napi_ok) {
    mp_throw_type(env, message);
    return false;
  }
  /* Not so for NaN. */
  if (*out >= least && *out <= most) return true;
  mp_throw_range(env, message);
  return false;
}

bool mp_take_whole(napi_env env, napi_value value, double least, double most, const char *message, int64_t *out) {
  double number;
  if (!mp_take_number(env, value, least, most, message, &number)) return false;
  *out = (int64_t)number;
  if ((double)*out == number) return true;
  mp_throw_range(env, message);
  return false;
}

bool mp_is_given(napi_env env, napi_value value) {
  napi_valuetype type;
  return napi_typeof(env, value, &type) == napi_ok && type != napi_undefined;
}

bool mp_take_function(napi_env env, napi_value value, const char *message) {
  napi_valuetype type;
  if (napi_typeof(env, value, &type) == napi_ok && type == napi_function) return true;
  mp_throw_type(env, message);
  return false;
}

bool mp_take_bytes(napi_env env, napi_value value, const char *message, const void **bytes, size_t *size) {
  napi_typedarray_type type;
  void *found;
  if (napi_get_typedarray_info(env, value, &type, size, &found, NULL, NULL) == napi_ok && type == napi_uint8_array) {
    *bytes = found;
    return true;
  }
  mp_throw_type(env, message);
  return false;
}

uint32_t *mp_take_word(napi_env env, napi_value buffer, napi_value offset) {
  static const char message[] = "byteOffset must be a multiple of 4 inside the buffer";
  void *address;
  size_t size;
  int64_t at;
  if (napi_get_arraybuffer_info(env, buffer, &address, &size) != napi_ok) {
    mp_throw_type(env, "buffer must be an ArrayBuffer");
    return NULL;
  }
  /* SAFETY: a detached buffer has size 0, so nothing passes. */
  if (!mp_take_whole(env, offset, 0, (double)size - 4, message, &at)) return NULL;
  if (at % 4 == 0) return (uint32_t *)(void *)((char *)address + at);
  mp_throw_range(env, message);
  return NULL;
}
