/* What Node loads: the functions that JavaScript calls, and what each environment keeps. */
#include <stdlib.h>

#include "calls/calls.h"
#include "environment.h"
#include "system/backend.h"
#include "throw.h"

static void free_environment(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  mp_lines_free(((mp_environment *)data)->lines);
  free(data);
}

static void export_calls(napi_env env, napi_value exports, const mp_call *calls) {
  for (const mp_call *each = calls; each->name != NULL; each++) {
    napi_value function;
    napi_create_function(env, each->name, NAPI_AUTO_LENGTH, each->call, NULL, &function);
    napi_set_named_property(env, exports, each->name, function);
  }
}

static napi_value init(napi_env env, napi_value exports) {
  mp_stay_loaded();
  mp_environment *self = calloc(1, sizeof *self);
  if (self != NULL) self->lines = mp_lines_new();
  if (self == NULL || self->lines == NULL || napi_set_instance_data(env, self, free_environment, NULL) != napi_ok) {
    if (self != NULL) free(self->lines);
    free(self);
    return mp_throw_code(env, "ENOMEM", "Cannot load @mp/native: out of memory");
  }
  export_calls(env, exports, mp_segment_calls);
  export_calls(env, exports, mp_system_calls);
  export_calls(env, exports, mp_bell_calls);
  export_calls(env, exports, mp_line_calls);
  export_calls(env, exports, mp_process_calls);
  export_calls(env, exports, mp_socket_calls);
  return exports;
}

NAPI_MODULE(NODE_GYP_MODULE_NAME, init)
