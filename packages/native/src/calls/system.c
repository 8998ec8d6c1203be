/* What this system is like. */
#include <unistd.h>

#include "../arguments.h"
#include "../system/backend.h"
#include "../system/bell.h"
#include "../system/file_system.h"
#include "../throw.h"
#include "calls.h"

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

const mp_call mp_system_calls[] = {
    {"backend", js_backend},
    {"fileSystem", js_file_system},
    {"doorbellPathMost", js_doorbell_path_most},
    {"pageSize", js_page_size},
    {NULL, NULL},
};
