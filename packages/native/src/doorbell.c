#include "doorbell.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "callback.h"
#include "system/bell.h"
#include "system/mappings.h"
#include "throw.h"

struct mp_doorbell {
  uv_poll_t poll;
  int socket;
  mp_callback on_ring;
  mp_callback after_ring;
  mp_lines *lines;
  napi_async_cleanup_hook_handle hook;
  char path[];
};

static void on_readable(uv_poll_t *poll, int status, int events) {
  mp_doorbell *doorbell = poll->data;
  (void)status;
  (void)events;
  mp_bell_take(doorbell->socket);
  mp_lines_answer(doorbell->lines);
  mp_callback_call(&doorbell->on_ring);
  mp_callback_call_plain(&doorbell->after_ring);
}

static void destroy_callbacks(mp_doorbell *doorbell) {
  mp_callback_destroy(&doorbell->on_ring);
  mp_callback_destroy(&doorbell->after_ring);
}

static void on_closed(uv_handle_t *handle) {
  mp_doorbell *doorbell = handle->data;
  napi_async_cleanup_hook_handle hook = doorbell->hook;
  close(doorbell->socket);
  free(doorbell);
  napi_remove_async_cleanup_hook(hook);
}

/* The environment ends. The handle must be closed before its loop is, or the process aborts. */
static void on_cleanup(napi_async_cleanup_hook_handle hook, void *data) {
  mp_doorbell *doorbell = data;
  (void)hook;
  mp_unlink_now(doorbell->path);
  destroy_callbacks(doorbell);
  uv_poll_stop(&doorbell->poll);
  uv_close((uv_handle_t *)&doorbell->poll, on_closed);
}

/* The poll handle, once it is initialised, can only go through the loop: so it comes last of what can fail. */
static int start(napi_env env, mp_doorbell *doorbell) {
  uv_loop_t *loop;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return UV_EINVAL;
  int code = uv_poll_init_socket(loop, &doorbell->poll, doorbell->socket);
  if (code != 0) return code;
  doorbell->poll.data = doorbell;
  uv_unref((uv_handle_t *)&doorbell->poll);
  napi_add_async_cleanup_hook(env, on_cleanup, doorbell, &doorbell->hook);
  return uv_poll_start(&doorbell->poll, UV_READABLE, on_readable);
}

mp_doorbell *mp_doorbell_open(napi_env env, const char *path, napi_value on_ring, napi_value after_ring,
                              mp_lines *lines) {
  mp_error error;
  size_t length = strlen(path);
  mp_doorbell *doorbell = calloc(1, sizeof *doorbell + length + 1);
  if (doorbell == NULL || !mp_callback_init(env, on_ring, "mp:doorbell", &doorbell->on_ring) ||
      !mp_callback_init(env, after_ring, "mp:doorbell", &doorbell->after_ring)) {
    if (doorbell != NULL && doorbell->on_ring.context != NULL) mp_callback_destroy(&doorbell->on_ring);
    free(doorbell);
    mp_throw_system(env, (mp_error){"malloc", ENOMEM}, path);
    return NULL;
  }
  memcpy(doorbell->path, path, length + 1);
  doorbell->lines = lines;
  doorbell->socket = mp_bell_bind(path, &error);
  if (doorbell->socket < 0) {
    destroy_callbacks(doorbell);
    free(doorbell);
    mp_throw_system(env, error, path);
    return NULL;
  }
  mp_unlink_at_exit(path);
  int code = start(env, doorbell);
  if (code == 0) return doorbell;
  mp_unlink_now(path);
  mp_throw_system(env, (mp_error){"uv_poll", -code}, path);
  /* With a hook, the cleanup of the environment does the rest. */
  if (doorbell->hook == NULL) {
    destroy_callbacks(doorbell);
    close(doorbell->socket);
    free(doorbell);
  }
  return NULL;
}

int mp_doorbell_wait(mp_doorbell *doorbell, const uint32_t *word, uint32_t expected, double milliseconds,
                     mp_error *error) {
  return mp_bell_wait(doorbell->socket, word, expected, milliseconds, error);
}

void mp_doorbell_ref(mp_doorbell *doorbell, bool on) {
  if (on) uv_ref((uv_handle_t *)&doorbell->poll);
  else uv_unref((uv_handle_t *)&doorbell->poll);
}
