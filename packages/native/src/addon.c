/* The glue between JavaScript and the rest: takes arguments apart, checks them, and throws. No policy. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "doorbell.h"
#include "futex.h"
#include "liveness.h"
#include "mappings.h"
#include "throw.h"

#define PATH_MOST 4096
#define SIZE_MOST 1099511627776.0 /* 2^40 */
#define WAIT_MOST_MS 1000.0

/* What one environment (the main thread, or one worker) keeps. */
typedef struct {
  mp_doorbell *doorbell;
} environment;

static bool take(napi_env env, napi_callback_info info, size_t count, napi_value *arguments) {
  size_t given = count;
  if (napi_get_cb_info(env, info, &given, arguments, NULL, NULL) != napi_ok) return false;
  if (given >= count) return true;
  mp_throw_type(env, "Too few arguments");
  return false;
}

static bool take_path(napi_env env, napi_value value, char path[PATH_MOST]) {
  size_t length;
  if (napi_get_value_string_utf8(env, value, path, PATH_MOST, &length) != napi_ok) {
    mp_throw_type(env, "path must be a string");
    return false;
  }
  if (length == 0 || length >= PATH_MOST - 1 || path[0] != '/' || strlen(path) != length) {
    mp_throw_range(env, "path must be absolute, without NUL, and shorter than 4095 bytes");
    return false;
  }
  return true;
}

static bool take_number(napi_env env, napi_value value, double least, double most, const char *message, double *out) {
  if (napi_get_value_double(env, value, out) != napi_ok) {
    mp_throw_type(env, message);
    return false;
  }
  if (*out >= least && *out <= most) return true;
  mp_throw_range(env, message);
  return false;
}

static bool take_choice(napi_env env, napi_value value, int most, const char *message, int *out) {
  double number;
  if (!take_number(env, value, 0, most, message, &number)) return false;
  *out = (int)number;
  if (*out == number) return true;
  mp_throw_range(env, message);
  return false;
}

static bool take_function(napi_env env, napi_value value, const char *message) {
  napi_valuetype type;
  if (napi_typeof(env, value, &type) == napi_ok && type == napi_function) return true;
  mp_throw_type(env, message);
  return false;
}

#define LOCK_MESSAGE "lock must be LOCK_NONE, LOCK_SHARED or LOCK_EXCLUSIVE"
#define AT_END_MESSAGE "atEnd must be KEEP, REMOVE_WHEN_LAST or UNLINK"

static napi_value js_create(napi_env env, napi_callback_info info) {
  napi_value arguments[5];
  char path[PATH_MOST];
  double size;
  int lock, at_end;
  if (!take(env, info, 5, arguments) || !take_path(env, arguments[0], path)) return NULL;
  if (!take_number(env, arguments[1], 1, SIZE_MOST, "size must be a number of bytes from 1 to 2^40", &size)) return NULL;
  if (size != floor(size)) return mp_throw_range(env, "size must be a whole number of bytes");
  if (!take_choice(env, arguments[2], 2, LOCK_MESSAGE, &lock)) return NULL;
  if (lock == MP_LOCK_NONE) return mp_throw_range(env, "lock must be LOCK_SHARED or LOCK_EXCLUSIVE");
  if (!take_choice(env, arguments[3], 2, AT_END_MESSAGE, &at_end)) return NULL;
  napi_typedarray_type type;
  size_t initial_size;
  void *initial;
  if (napi_get_typedarray_info(env, arguments[4], &type, &initial_size, &initial, NULL, NULL) != napi_ok ||
      type != napi_uint8_array) {
    return mp_throw_type(env, "initial must be a Uint8Array");
  }
  if ((double)initial_size > size) return mp_throw_range(env, "initial must not be longer than size");
  mp_mapping mapping;
  mp_error error;
  int made = mp_segment_create(path, (size_t)size, (enum mp_lock)lock, initial, initial_size, &mapping, &error);
  if (made < 0) return mp_throw_system(env, error, path);
  return made == 0 ? NULL : mp_mappings_wrap(env, path, mapping, (enum mp_at_end)at_end);
}

static napi_value js_attach(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  char path[PATH_MOST];
  int lock, at_end;
  if (!take(env, info, 3, arguments) || !take_path(env, arguments[0], path)) return NULL;
  if (!take_choice(env, arguments[1], 1, "lock must be LOCK_NONE or LOCK_SHARED", &lock)) return NULL;
  if (!take_choice(env, arguments[2], 2, AT_END_MESSAGE, &at_end)) return NULL;
  mp_mapping mapping;
  mp_error error;
  int found = mp_segment_attach(path, (enum mp_lock)lock, &mapping, &error);
  if (found < 0) return mp_throw_system(env, error, path);
  return found == 0 ? NULL : mp_mappings_wrap(env, path, mapping, (enum mp_at_end)at_end);
}

static napi_value js_detach(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int at_end;
  if (!take(env, info, 2, arguments) || !take_choice(env, arguments[1], 2, AT_END_MESSAGE, &at_end)) return NULL;
  mp_mappings_detach(env, arguments[0], (enum mp_at_end)at_end);
  return NULL;
}

static napi_value js_remove(napi_env env, napi_callback_info info) {
  napi_value arguments[1], result;
  char path[PATH_MOST];
  mp_error error;
  if (!take(env, info, 1, arguments) || !take_path(env, arguments[0], path)) return NULL;
  int removed = mp_segment_remove(path, &error);
  if (removed < 0) return mp_throw_system(env, error, path);
  napi_get_boolean(env, removed == 1, &result);
  return result;
}

static napi_value js_probe(napi_env env, napi_callback_info info) {
  napi_value arguments[1], result;
  char path[PATH_MOST];
  mp_error error;
  if (!take(env, info, 1, arguments) || !take_path(env, arguments[0], path)) return NULL;
  int found = mp_segment_probe(path, &error);
  if (found < 0) return mp_throw_system(env, error, path);
  napi_create_int32(env, found, &result);
  return result;
}

static uint32_t *take_word(napi_env env, napi_value buffer, napi_value offset) {
  void *address;
  size_t size;
  double at;
  if (napi_get_arraybuffer_info(env, buffer, &address, &size) != napi_ok) {
    mp_throw_type(env, "buffer must be an ArrayBuffer");
    return NULL;
  }
  if (napi_get_value_double(env, offset, &at) != napi_ok) {
    mp_throw_type(env, "byteOffset must be a number");
    return NULL;
  }
  /* SAFETY: a detached buffer has size 0, so nothing passes. */
  if (!(at >= 0 && at + 4 <= (double)size) || fmod(at, 4) != 0) {
    mp_throw_range(env, "byteOffset must be a multiple of 4 inside the buffer");
    return NULL;
  }
  return (uint32_t *)(void *)((char *)address + (size_t)at);
}

static napi_value js_futex_wait(napi_env env, napi_callback_info info) {
  napi_value arguments[4], result;
  double expected, milliseconds;
  if (!take(env, info, 4, arguments)) return NULL;
  uint32_t *word = take_word(env, arguments[0], arguments[1]);
  if (word == NULL) return NULL;
  if (!take_number(env, arguments[2], -2147483648.0, 4294967295.0, "expected must be a 32-bit number", &expected)) {
    return NULL;
  }
  if (!take_number(env, arguments[3], 0, WAIT_MOST_MS, "milliseconds must be from 0 to 1000", &milliseconds)) return NULL;
  int woken = mp_futex_wait(word, (uint32_t)(int64_t)expected, milliseconds);
  if (woken < 0) return mp_throw_system(env, (mp_error){"futex", errno}, "FUTEX_WAIT");
  napi_create_int32(env, woken, &result);
  return result;
}

static napi_value js_futex_wake(napi_env env, napi_callback_info info) {
  napi_value arguments[3], result;
  double count;
  if (!take(env, info, 3, arguments)) return NULL;
  uint32_t *word = take_word(env, arguments[0], arguments[1]);
  if (word == NULL) return NULL;
  if (!take_number(env, arguments[2], 1, 2147483647.0, "count must be a number from 1", &count)) return NULL;
  int woken = mp_futex_wake(word, (int)count);
  if (woken < 0) return mp_throw_system(env, (mp_error){"futex", errno}, "FUTEX_WAKE");
  napi_create_int32(env, woken, &result);
  return result;
}

static napi_value js_doorbell_open(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  char path[PATH_MOST];
  environment *self;
  if (!take(env, info, 2, arguments) || !take_path(env, arguments[0], path)) return NULL;
  if (!take_function(env, arguments[1], "onRing must be a function")) return NULL;
  if (napi_get_instance_data(env, (void **)&self) != napi_ok) return NULL;
  if (self->doorbell != NULL) return mp_throw_range(env, "Cannot open a doorbell: this thread has one already");
  self->doorbell = mp_doorbell_open(env, path, arguments[1]);
  return NULL;
}

static napi_value js_doorbell_ref(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  environment *self;
  bool on;
  if (!take(env, info, 1, arguments)) return NULL;
  if (napi_get_value_bool(env, arguments[0], &on) != napi_ok) return mp_throw_type(env, "on must be a boolean");
  if (napi_get_instance_data(env, (void **)&self) != napi_ok) return NULL;
  if (self->doorbell == NULL) return mp_throw_range(env, "This thread has no doorbell: call doorbellOpen() first");
  mp_doorbell_ref(self->doorbell, on);
  return NULL;
}

static napi_value js_ring(napi_env env, napi_callback_info info) {
  napi_value arguments[1], result;
  char path[PATH_MOST];
  if (!take(env, info, 1, arguments) || !take_path(env, arguments[0], path)) return NULL;
  int rung = mp_doorbell_ring(path);
  if (rung < 0) return mp_throw_system(env, (mp_error){"sendto", errno}, path);
  napi_get_boolean(env, rung == 1, &result);
  return result;
}

static napi_value js_process_lock(napi_env env, napi_callback_info info) {
  napi_value arguments[1], result;
  char path[PATH_MOST];
  if (!take(env, info, 1, arguments) || !take_path(env, arguments[0], path)) return NULL;
  const char *locked = mp_process_lock(env, path);
  if (locked == NULL) return NULL;
  napi_create_string_utf8(env, locked, NAPI_AUTO_LENGTH, &result);
  return result;
}

static napi_value js_watch_parent(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  char path[PATH_MOST];
  double grace;
  int exit_code;
  if (!take(env, info, 4, arguments) || !take_path(env, arguments[0], path)) return NULL;
  if (!take_number(env, arguments[1], 0, 3600000, "graceMilliseconds must be from 0 to 3600000", &grace)) return NULL;
  if (!take_choice(env, arguments[2], 255, "exitCode must be a whole number from 0 to 255", &exit_code)) return NULL;
  if (!take_function(env, arguments[3], "onDeath must be a function")) return NULL;
  mp_watch_parent(env, path, grace, exit_code, arguments[3]);
  return NULL;
}

static void free_environment(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
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
      {"probe", js_probe},
      {"futexWait", js_futex_wait},
      {"futexWake", js_futex_wake},
      {"doorbellOpen", js_doorbell_open},
      {"doorbellRef", js_doorbell_ref},
      {"ring", js_ring},
      {"processLock", js_process_lock},
      {"watchParent", js_watch_parent},
  };
  environment *self = calloc(1, sizeof *self);
  if (self == NULL || napi_set_instance_data(env, self, free_environment, NULL) != napi_ok) {
    free(self);
    return mp_throw_range(env, "Cannot load @mp/native: out of memory");
  }
  mp_mappings_init();
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_value function;
    napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].call, NULL, &function);
    napi_set_named_property(env, exports, functions[i].name, function);
  }
  return exports;
}

NAPI_MODULE(NODE_GYP_MODULE_NAME, init)
