#ifndef MP_CALLS_H
#define MP_CALLS_H

#include <node_api.h>

/* The functions that JavaScript calls. Each takes its arguments apart, calls, and throws. No policy. */

/* The longest sleep of a thread, or wait at a socket. */
#define WAIT_MOST_MS 1000

typedef struct {
  const char *name;
  napi_callback call;
} mp_call;

/* One list for each idea; a name of NULL ends it. */
extern const mp_call mp_bell_calls[];
extern const mp_call mp_line_calls[];
extern const mp_call mp_process_calls[];
extern const mp_call mp_segment_calls[];
extern const mp_call mp_socket_calls[];
extern const mp_call mp_system_calls[];

#endif
