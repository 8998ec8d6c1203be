#include "parent.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "callback.h"
#include "system/liveness.h"
#include "system/signals.h"
#include "throw.h"

#define WATCH_STACK_BYTES (64 * 1024)

/* Never freed once its thread runs: the thread has it until the process ends. */
typedef struct {
  uv_async_t async;
  mp_callback on_death;
  napi_async_cleanup_hook_handle hook;
  bool open; /* guarded by mutex: whether `async` may be sent to */
  int fd;    /* -1 = the parent was dead already */
  double grace_ms;
  int exit_code;
} watch;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static bool watching; /* guarded by mutex; one per process: a process has one parent */

static void sleep_ms(double milliseconds) {
  struct timespec left;
  left.tv_sec = (time_t)(milliseconds / 1000.0);
  left.tv_nsec = (long)((milliseconds - (double)left.tv_sec * 1000.0) * 1e6);
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

static void run(void *data) {
  watch *self = data;
  mp_signals_block();
  if (self->fd >= 0) mp_process_wait(self->fd);
  pthread_mutex_lock(&mutex);
  if (self->open) uv_async_send(&self->async);
  pthread_mutex_unlock(&mutex);
  sleep_ms(self->grace_ms);
  /* Not exit(): its handlers would unmap what JavaScript, which may be running, still uses. */
  _exit(self->exit_code);
}

static void on_async(uv_async_t *async) {
  watch *self = async->data;
  mp_callback_call(&self->on_death);
}

static void on_closed(uv_handle_t *handle) {
  watch *self = handle->data;
  napi_remove_async_cleanup_hook(self->hook);
}

/* The environment that asked ends, be it a worker's: the watch goes on, with nothing to tell. */
static void on_cleanup(napi_async_cleanup_hook_handle hook, void *data) {
  watch *self = data;
  (void)hook;
  pthread_mutex_lock(&mutex);
  self->open = false;
  pthread_mutex_unlock(&mutex);
  mp_callback_destroy(&self->on_death);
  uv_close((uv_handle_t *)&self->async, on_closed);
}

/* 0, or a libuv error. From the hook on, `self` and its handle are the cleanup's. */
static int start(napi_env env, watch *self) {
  uv_loop_t *loop;
  uv_thread_t thread;
  uv_thread_options_t options = {.flags = UV_THREAD_HAS_STACK_SIZE, .stack_size = WATCH_STACK_BYTES};
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return UV_EINVAL;
  int code = uv_async_init(loop, &self->async, on_async);
  if (code != 0) return code;
  self->async.data = self;
  uv_unref((uv_handle_t *)&self->async);
  self->open = true;
  napi_add_async_cleanup_hook(env, on_cleanup, self, &self->hook);
  return uv_thread_create_ex(&thread, &options, run, self);
}

/* Whether this caller is the one that watches. */
static bool claim(void) {
  pthread_mutex_lock(&mutex);
  bool first = !watching;
  watching = true;
  pthread_mutex_unlock(&mutex);
  return first;
}

static void disclaim(void) {
  pthread_mutex_lock(&mutex);
  watching = false;
  pthread_mutex_unlock(&mutex);
}

void mp_parent_watch(napi_env env, const char *path, double grace_ms, int exit_code, napi_value on_death) {
  mp_error error = {"malloc", ENOMEM};
  if (!claim()) {
    mp_throw_state(env, "Cannot watch the parent: this process watches it already");
    return;
  }
  watch *self = calloc(1, sizeof *self);
  if (self != NULL) {
    self->fd = -1;
    self->grace_ms = grace_ms;
    self->exit_code = exit_code;
    int opened = mp_process_open(path, &self->fd, &error);
    if (opened >= 0 && mp_callback_init(env, on_death, "mp:parent", &self->on_death)) {
      int code = start(env, self);
      if (code == 0) return;
      error = (mp_error){"uv_thread_create", -code};
      if (self->hook == NULL) mp_callback_destroy(&self->on_death);
    }
    if (self->fd >= 0) close(self->fd);
    if (self->hook == NULL) free(self);
  }
  disclaim();
  mp_throw_system(env, error, path);
}
