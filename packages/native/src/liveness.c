#include "liveness.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "callback.h"
#include "mappings.h"
#include "segment.h"
#include "throw.h"

#define WATCH_STACK_BYTES (64 * 1024)

static uv_once_t once = UV_ONCE_INIT;
static uv_mutex_t mutex;
static char *lock_path;

static void init_once(void) { uv_mutex_init(&mutex); }

const char *mp_process_lock(napi_env env, const char *path) {
  uv_once(&once, init_once);
  uv_mutex_lock(&mutex);
  if (lock_path == NULL) {
    mp_error error = {"link", EEXIST};
    int fd;
    /* The descriptor stays open, and the lock held, for as long as the process is there. */
    if (mp_process_lock_file(path, &fd, &error) == 1) {
      lock_path = strdup(path);
      mp_unlink_at_exit(path);
    } else {
      mp_throw_system(env, error, path);
    }
  }
  const char *found = lock_path;
  uv_mutex_unlock(&mutex);
  return found;
}

/* One per process: a process has one parent. */
typedef struct {
  uv_async_t async;
  mp_callback on_death;
  napi_async_cleanup_hook_handle hook;
  bool open; /* guarded by mutex: whether `async` may be sent to */
  int fd;
  double grace_ms;
  int exit_code;
} parent_watch;

static parent_watch *watch;

static void sleep_ms(double milliseconds) {
  struct timespec left;
  left.tv_sec = (time_t)(milliseconds / 1000.0);
  left.tv_nsec = (long)((milliseconds - (double)left.tv_sec * 1000.0) * 1e6);
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

static void watch_thread(void *data) {
  parent_watch *self = data;
  sigset_t all;
  sigfillset(&all);
  /* The raw call: signals are for the threads of the program, and pthread_sigmask would ask for a newer libc. */
  syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, NULL, _NSIG / 8);
  if (self->fd >= 0) {
    while (flock(self->fd, LOCK_SH) != 0 && errno == EINTR) {
    }
  }
  uv_mutex_lock(&mutex);
  if (self->open) uv_async_send(&self->async);
  uv_mutex_unlock(&mutex);
  sleep_ms(self->grace_ms);
  _exit(self->exit_code);
}

static void on_async(uv_async_t *async) {
  parent_watch *self = async->data;
  mp_callback_call(&self->on_death);
}

static void on_closed(uv_handle_t *handle) {
  parent_watch *self = handle->data;
  /* The thread may still use the rest of it: it is kept for the life of the process. */
  napi_remove_async_cleanup_hook(self->hook);
}

static void on_cleanup(napi_async_cleanup_hook_handle hook, void *data) {
  parent_watch *self = data;
  (void)hook;
  uv_mutex_lock(&mutex);
  self->open = false;
  uv_mutex_unlock(&mutex);
  mp_callback_destroy(&self->on_death);
  uv_close((uv_handle_t *)&self->async, on_closed);
}

static bool start_watch(napi_env env, parent_watch *self, napi_value on_death) {
  uv_loop_t *loop;
  uv_thread_t thread;
  uv_thread_options_t options = {.flags = UV_THREAD_HAS_STACK_SIZE, .stack_size = WATCH_STACK_BYTES};
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return false;
  if (!mp_callback_init(env, on_death, "mp:parent", &self->on_death)) return false;
  if (uv_async_init(loop, &self->async, on_async) != 0) return false;
  self->async.data = self;
  uv_unref((uv_handle_t *)&self->async);
  self->open = true;
  napi_add_async_cleanup_hook(env, on_cleanup, self, &self->hook);
  return uv_thread_create_ex(&thread, &options, watch_thread, self) == 0;
}

void mp_watch_parent(napi_env env, const char *path, double grace_ms, int exit_code, napi_value on_death) {
  uv_once(&once, init_once);
  if (watch != NULL) {
    mp_throw_range(env, "Cannot watch the parent: this process watches it already");
    return;
  }
  parent_watch *self = calloc(1, sizeof *self);
  if (self == NULL) {
    mp_throw_range(env, "Cannot watch the parent: out of memory");
    return;
  }
  self->grace_ms = grace_ms;
  self->exit_code = exit_code;
  self->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (self->fd < 0 && errno != ENOENT) {
    mp_error error = {"open", errno};
    free(self);
    mp_throw_system(env, error, path);
    return;
  }
  watch = self;
  if (!start_watch(env, self, on_death)) mp_throw_range(env, "Cannot watch the parent: out of memory or threads");
}
