/*
 * libuv waits for a child by the loop of the thread that started it. If that thread is terminated first, nobody does, and the
 * child stays a zombie until the process ends. So a child of a worker thread is held, and at the end of the environment a
 * small thread waits for it. Held and not remembered by its number: the number of a child that libuv has waited for in the
 * meantime may be that of another one. If both should wait at once, the one that is late gets ECHILD, which libuv ignores.
 */
#include "children.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "system/child.h"
#include "system/signals.h"

#define REAPER_STACK_BYTES (64 * 1024)

typedef struct child {
  struct child *next;
  napi_env env;
  pid_t pid;
  int hold;
} child;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static child *children; /* guarded by mutex */

/* The one that fits, out of the list; NULL = it is not there. */
static child *take(const child *which, napi_env env, pid_t pid) {
  pthread_mutex_lock(&mutex);
  child **link = &children;
  while (*link != NULL && *link != which && ((*link)->env != env || (*link)->pid != pid)) link = &(*link)->next;
  child *found = *link;
  if (found != NULL) *link = found->next;
  pthread_mutex_unlock(&mutex);
  return found;
}

static void forget(child *self) {
  close(self->hold);
  free(self);
}

static void reap(void *data) {
  child *self = data;
  mp_signals_block();
  mp_child_wait(self->hold);
  forget(self);
}

/* The environment ends, and with it the loop that would have waited. */
static void on_cleanup(void *data) {
  child *self = take(data, NULL, -1);
  uv_thread_t thread;
  uv_thread_options_t options = {.flags = UV_THREAD_HAS_STACK_SIZE, .stack_size = REAPER_STACK_BYTES};
  if (self != NULL && uv_thread_create_ex(&thread, &options, reap, self) != 0) forget(self);
}

void mp_child_started(napi_env env, pid_t pid) {
  /* Without a hold it stays as it would be without this. */
  int hold = mp_child_hold(pid);
  if (hold < 0) return;
  child *self = malloc(sizeof *self);
  if (self == NULL) {
    close(hold);
    return;
  }
  *self = (child){.env = env, .pid = pid, .hold = hold};
  pthread_mutex_lock(&mutex);
  self->next = children;
  children = self;
  pthread_mutex_unlock(&mutex);
  napi_add_env_cleanup_hook(env, on_cleanup, self);
}

void mp_child_ended(napi_env env, pid_t pid) {
  child *self = take(NULL, env, pid);
  if (self == NULL) return;
  napi_remove_env_cleanup_hook(env, on_cleanup, self);
  forget(self);
}
