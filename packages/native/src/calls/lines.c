/* The short way of messages. */
#include "../lines.h"

#include "../environment.h"
#include "calls.h"

static napi_value with_lines(napi_env env, napi_callback_info info,
                             napi_value (*function)(napi_env, mp_lines *, napi_callback_info)) {
  mp_environment *self;
  return napi_get_instance_data(env, (void **)&self) == napi_ok ? function(env, self->lines, info) : NULL;
}

#define LINES_FUNCTION(name, function) \
  static napi_value name(napi_env env, napi_callback_info info) { return with_lines(env, info, function); }

LINES_FUNCTION(js_line_control, mp_lines_control)
LINES_FUNCTION(js_line_open, mp_lines_open)
LINES_FUNCTION(js_line_close, mp_lines_close)
LINES_FUNCTION(js_line_send, mp_lines_send)
LINES_FUNCTION(js_line_wake, mp_lines_wake)
LINES_FUNCTION(js_line_enter, mp_lines_enter)
LINES_FUNCTION(js_line_sleep, mp_lines_sleep)
LINES_FUNCTION(js_peer_know, mp_lines_know)
LINES_FUNCTION(js_peer_forget, mp_lines_forget)

const mp_call mp_line_calls[] = {
    {"lineControl", js_line_control}, {"lineOpen", js_line_open},   {"lineClose", js_line_close},
    {"lineSend", js_line_send},       {"lineWake", js_line_wake},   {"lineEnter", js_line_enter},
    {"lineSleep", js_line_sleep},     {"peerKnow", js_peer_know},   {"peerForget", js_peer_forget},
    {NULL, NULL},
};
