#ifndef MP_PARENT_H
#define MP_PARENT_H

#include <node_api.h>

/* Watches the lock of the parent, once per process. Leaves an exception pending on failure. */
void mp_parent_watch(napi_env env, const char *path, double grace_ms, int exit_code, napi_value on_death);

#endif
