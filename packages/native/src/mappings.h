#ifndef MP_MAPPINGS_H
#define MP_MAPPINGS_H

#include <node_api.h>

#include "segment.h"

/* The mappings of this process, and the ArrayBuffers over them. */

/* Registers the end-of-process handler. Safe to call once per environment. */
void mp_mappings_init(void);
/* Wraps a mapping in an ArrayBuffer whose finalizer ends it. Takes the mapping over in every case. */
napi_value mp_mappings_wrap(napi_env env, const char *path, mp_mapping mapping, enum mp_at_end at_end);
/* Detaches a buffer of ours. @return false when it is not one (an exception is pending) */
bool mp_mappings_detach(napi_env env, napi_value buffer, enum mp_at_end at_end);
/* A file without a mapping that must not outlive the process; process.exit() runs no cleanup hooks. */
void mp_unlink_at_exit(const char *path);
void mp_unlink_now(const char *path);

#endif
