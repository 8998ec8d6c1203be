#ifndef MP_CHILDREN_H
#define MP_CHILDREN_H

#include <node_api.h>
#include <sys/types.h>

/* Sees to it that a child is waited for if this environment ends before it. */
void mp_child_started(napi_env env, pid_t pid);
/* libuv has waited for it. */
void mp_child_ended(napi_env env, pid_t pid);

#endif
