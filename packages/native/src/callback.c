#include "callback.h"

bool mp_callback_init(napi_env env, napi_value function, const char *name, mp_callback *out) {
  napi_value label;
  out->env = env;
  return napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &label) == napi_ok &&
         napi_create_reference(env, function, 1, &out->function) == napi_ok &&
         napi_async_init(env, NULL, label, &out->context) == napi_ok;
}

static void call(mp_callback *callback, bool plain) {
  napi_env env = callback->env;
  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_value function, global;
  if (napi_get_reference_value(env, callback->function, &function) == napi_ok && function != NULL &&
      napi_get_global(env, &global) == napi_ok) {
    if (plain) napi_call_function(env, global, function, 0, NULL, NULL);
    else napi_make_callback(env, callback->context, global, function, 0, NULL, NULL);
    bool thrown;
    napi_value error;
    /* Nothing above us can catch it: it is an uncaught exception of the program. A call that was refused because
       the thread is being terminated leaves none. */
    if (napi_is_exception_pending(env, &thrown) == napi_ok && thrown &&
        napi_get_and_clear_last_exception(env, &error) == napi_ok) {
      napi_fatal_exception(env, error);
    }
  }
  napi_close_handle_scope(env, scope);
}

void mp_callback_call(mp_callback *callback) { call(callback, false); }

void mp_callback_call_plain(mp_callback *callback) { call(callback, true); }

void mp_callback_destroy(mp_callback *callback) {
  napi_delete_reference(callback->env, callback->function);
  napi_async_destroy(callback->env, callback->context);
}
