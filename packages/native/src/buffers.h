#ifndef MP_BUFFERS_H
#define MP_BUFFERS_H

#include <node_api.h>

#include "system/segment.h"

/* ArrayBuffers over the mappings of this process. */

/* Wraps a mapping in an ArrayBuffer whose finalizer ends it. Takes the mapping over in every case: on failure (NULL,
   an exception is pending) it is ended as `on_failure` says. */
napi_value mp_buffer_wrap(napi_env env, const char *path, mp_mapping mapping, enum mp_at_end at_end,
                          enum mp_at_end on_failure);
/* Detaches a buffer of ours and ends its mapping. Leaves an exception pending when it is none of ours. */
void mp_buffer_detach(napi_env env, napi_value buffer, enum mp_at_end at_end);

#endif
