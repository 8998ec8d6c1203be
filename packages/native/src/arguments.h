#ifndef MP_ARGUMENTS_H
#define MP_ARGUMENTS_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes arguments apart and checks them. Each answers false (or NULL) with an exception pending. */

/* Room for a path: what the kernel takes. */
#define MP_PATH_ROOM 4096

bool mp_take(napi_env env, napi_callback_info info, size_t count, napi_value *arguments);
/* The last of them may be left out: then they are undefined. */
bool mp_take_some(napi_env env, napi_callback_info info, size_t least, size_t most, napi_value *arguments);
bool mp_is_given(napi_env env, napi_value value);
bool mp_take_path(napi_env env, napi_value value, char path[MP_PATH_ROOM]);
/* A number from `least` to `most`; `message` says so. */
bool mp_take_number(napi_env env, napi_value value, double least, double most, const char *message, double *out);
/* The same, without a fraction. */
bool mp_take_whole(napi_env env, napi_value value, double least, double most, const char *message, int64_t *out);
bool mp_take_function(napi_env env, napi_value value, const char *message);
/* The bytes of a Uint8Array. */
bool mp_take_bytes(napi_env env, napi_value value, const char *message, const void **bytes, size_t *size);
/* The 32-bit word at a byte offset of an ArrayBuffer. */
uint32_t *mp_take_word(napi_env env, napi_value buffer, napi_value offset);

#endif
