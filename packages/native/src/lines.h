#ifndef MP_LINES_H
#define MP_LINES_H

#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>

/* The lines of messages of one environment (see system/line.h), and the agents that it rings again and again. */

typedef struct mp_lines mp_lines;

/* NULL = out of memory */
mp_lines *mp_lines_new(void);
void mp_lines_free(mp_lines *lines);

/* The functions of index.d.ts. */
napi_value mp_lines_control(napi_env env, mp_lines *lines, napi_callback_info info);
napi_value mp_lines_open(napi_env env, mp_lines *lines, napi_callback_info info);
napi_value mp_lines_close(napi_env env, mp_lines *lines, napi_callback_info info);
napi_value mp_lines_send(napi_env env, mp_lines *lines, napi_callback_info info);
napi_value mp_lines_wake(napi_env env, mp_lines *lines, napi_callback_info info);
napi_value mp_lines_enter(napi_env env, mp_lines *lines, napi_callback_info info);
napi_value mp_lines_sleep(napi_env env, mp_lines *lines, napi_callback_info info);
napi_value mp_lines_know(napi_env env, mp_lines *lines, napi_callback_info info);
napi_value mp_lines_forget(napi_env env, mp_lines *lines, napi_callback_info info);

/* The event loop was rung: takes a message for the first wait that was chosen. What was done stands in the control words. */
void mp_lines_answer(mp_lines *lines);
/* The pages at `address` are about to go. */
void mp_lines_drop(napi_env env, mp_lines *lines, const void *address);

#endif
