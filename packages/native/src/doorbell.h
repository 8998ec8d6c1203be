#ifndef MP_DOORBELL_H
#define MP_DOORBELL_H

#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>

#include "lines.h"
#include "system/file.h"

typedef struct mp_doorbell mp_doorbell;

/* Binds the doorbell of an environment to its event loop. NULL = an exception is pending. */
mp_doorbell *mp_doorbell_open(napi_env env, const char *path, napi_value on_ring, napi_value after_ring,
                              mp_lines *lines);
/* Sleeps at it, without its event loop: see mp_bell_wait(). */
int mp_doorbell_wait(mp_doorbell *doorbell, const uint32_t *word, uint32_t expected, double milliseconds,
                     mp_error *error);
void mp_doorbell_ref(mp_doorbell *doorbell, bool on);

#endif
