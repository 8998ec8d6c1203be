#ifndef MP_CONNECTED_BELL_H
#define MP_CONNECTED_BELL_H

#include <node_api.h>

/* Objects for the doorbell of another thread that is rung again and again. */

/* undefined = nobody listens at `path`; NULL = an exception is pending. */
napi_value mp_bell_object(napi_env env, const char *path);
/* The bell of an object; NULL = it is none, an exception is pending. */
int *mp_bell_of(napi_env env, napi_value object);
/* Safe to call again. */
void mp_bell_close(int *bell);

#endif
