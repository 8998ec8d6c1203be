#include "throw.h"

#include <stdio.h>
#include <uv.h>

napi_value mp_throw_type(napi_env env, const char *message) {
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message);
  return NULL;
}

napi_value mp_throw_range(napi_env env, const char *message) {
  napi_throw_range_error(env, "ERR_OUT_OF_RANGE", message);
  return NULL;
}

napi_value mp_throw_state(napi_env env, const char *message) {
  return mp_throw_code(env, "ERR_INVALID_STATE", message);
}

napi_value mp_throw_code(napi_env env, const char *code, const char *message) {
  napi_throw_error(env, code, message);
  return NULL;
}

static void set_string(napi_env env, napi_value object, const char *key, const char *text) {
  napi_value value;
  if (napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value) == napi_ok) {
    napi_set_named_property(env, object, key, value);
  }
}

napi_value mp_throw_system(napi_env env, mp_error error, const char *path) {
  char text[512];
  const char *code = uv_err_name(-error.code);
  snprintf(text, sizeof text, "%s: %s, %s '%.300s'", code, uv_strerror(-error.code), error.syscall, path);
  napi_value message, name, made, number;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &message);
  napi_create_string_utf8(env, code, NAPI_AUTO_LENGTH, &name);
  napi_create_error(env, name, message, &made);
  set_string(env, made, "syscall", error.syscall);
  set_string(env, made, "path", path);
  napi_create_int32(env, -error.code, &number);
  napi_set_named_property(env, made, "errno", number);
  napi_throw(env, made);
  return NULL;
}
