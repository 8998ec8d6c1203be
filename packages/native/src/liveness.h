#ifndef MP_LIVENESS_H
#define MP_LIVENESS_H

#include <node_api.h>

/* The path of this process's lock file (made at the first call), or NULL with an exception pending. */
const char *mp_process_lock(napi_env env, const char *path);
/* Watches the lock of the parent. Leaves an exception pending on failure. */
void mp_watch_parent(napi_env env, const char *path, double grace_ms, int exit_code, napi_value on_death);

#endif
