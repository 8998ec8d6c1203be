#ifndef MP_CALLBACK_H
#define MP_CALLBACK_H

#include <node_api.h>
#include <stdbool.h>

/* A JavaScript function that libuv calls. */
typedef struct {
  napi_env env;
  napi_ref function;
  napi_async_context context;
} mp_callback;

bool mp_callback_init(napi_env env, napi_value function, const char *name, mp_callback *out);
/* Through napi_make_callback: a plain call would leave the promises that it settles unresolved on newer Node. */
void mp_callback_call(mp_callback *callback);
/* A plain call, for what settles no promise. */
void mp_callback_call_plain(mp_callback *callback);
void mp_callback_destroy(mp_callback *callback);

#endif
