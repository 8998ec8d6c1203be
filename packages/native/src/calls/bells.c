/* Sleeping and waking: the futex of a word, the doorbell of this thread, the bells of others. */
#include <errno.h>

#include "../arguments.h"
#include "../bell.h"
#include "../doorbell.h"
#include "../environment.h"
#include "../system/bell.h"
#include "../system/futex.h"
#include "../throw.h"
#include "calls.h"

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
  mp_environment *self;
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
  mp_environment *self;
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
  mp_environment *self;
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

const mp_call mp_bell_calls[] = {
    {"futexWait", js_futex_wait},
    {"futexWake", js_futex_wake},
    {"doorbellOpen", js_doorbell_open},
    {"doorbellRef", js_doorbell_ref},
    {"doorbellWait", js_doorbell_wait},
    {"ring", js_ring},
    {"bellOpen", js_bell_open},
    {"bellRing", js_bell_ring},
    {"bellClose", js_bell_close},
    {NULL, NULL},
};
