#ifndef MP_DOORBELL_H
#define MP_DOORBELL_H

#include <node_api.h>
#include <stdbool.h>

typedef struct mp_doorbell mp_doorbell;

/* Binds the doorbell of an environment to its event loop. NULL = an exception is pending. */
mp_doorbell *mp_doorbell_open(napi_env env, const char *path, napi_value on_ring, napi_value after_ring);
void mp_doorbell_ref(mp_doorbell *doorbell, bool on);

#endif
