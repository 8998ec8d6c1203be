/*
 * libuv waits for a child by the loop of the thread that started it. If that thread is terminated first, nobody does, and the
 * child stays a zombie until the process ends. So a child of a worker thread is held by a pidfd, and at the end of the
 * environment a small thread waits for it. By pidfd and not by number: the number of a child that libuv has waited for in the
 * meantime may be that of another one. If both should wait at once, the one that is late gets ECHILD, which libuv ignores.
 */
#include "children.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#define REAPER_STACK_BYTES (64 * 1024)
/* From newer headers than ours: pidfd_open(2), and the way of waitid(2) to wait by one. */
#define SYS_PIDFD_OPEN 434
#define BY_PIDFD ((idtype_t)3)

typedef struct child {
  struct child *next;
  napi_env env;
  pid_t pid;
  int fd;
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
  close(self->fd);
  free(self);
}

static void reap(void *data) {
  child *self = data;
  siginfo_t info;
  sigset_t all;
  sigfillset(&all);
  /* The raw call: signals are for the threads of the program, and pthread_sigmask would ask for a newer libc. */
  syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, NULL, _NSIG / 8);
  while (waitid(BY_PIDFD, (id_t)self->fd, &info, WEXITED) != 0 && errno == EINTR) {
  }
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
  /* An old kernel has no pidfd: then it stays as it would be without this. */
  int fd = (int)syscall(SYS_PIDFD_OPEN, pid, 0);
  if (fd < 0) return;
  child *self = malloc(sizeof *self);
  if (self == NULL) {
    close(fd);
    return;
  }
  *self = (child){.env = env, .pid = pid, .fd = fd};
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
