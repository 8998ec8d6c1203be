/* The parent and the children of this process. */
#include "../arguments.h"
#include "../children.h"
#include "../parent.h"
#include "../system/child.h"
#include "../system/liveness.h"
#include "../throw.h"
#include "calls.h"

#define GRACE_MOST_MS 3600000

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

const mp_call mp_process_calls[] = {
    {"processLock", js_process_lock},
    {"watchParent", js_watch_parent},
    {"childStarted", js_child_started},
    {"childEnded", js_child_ended},
    {"childHasEnded", js_child_has_ended},
    {NULL, NULL},
};
