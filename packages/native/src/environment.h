#ifndef MP_ENVIRONMENT_H
#define MP_ENVIRONMENT_H

#include "doorbell.h"
#include "lines.h"

/* What one environment (the main thread, or one worker) keeps: the data of its instance of the addon. */
typedef struct {
  /* NULL = it has none yet. */
  mp_doorbell *doorbell;
  mp_lines *lines;
} mp_environment;

#endif
