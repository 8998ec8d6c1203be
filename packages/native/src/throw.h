#ifndef MP_THROW_H
#define MP_THROW_H

#include <node_api.h>

#include "system/file.h"

/* Each leaves an exception pending and returns NULL, so that a function can return its result. */
napi_value mp_throw_type(napi_env env, const char *message);
napi_value mp_throw_range(napi_env env, const char *message);
/* The arguments are right, the moment is not. */
napi_value mp_throw_state(napi_env env, const char *message);
napi_value mp_throw_code(napi_env env, const char *code, const char *message);
/* An error with `code`, `errno` and `syscall`, as Node's own. */
napi_value mp_throw_system(napi_env env, mp_error error, const char *path);

#endif
