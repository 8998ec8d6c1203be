#include "mappings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "throw.h"

typedef struct record {
  mp_mapping mapping;
  enum mp_at_end at_end;
  struct record *next;
  char path[];
} record;

/* By address; a page is at least 4096 bytes, so the low bits say nothing. */
#define BUCKETS 16384
static record *buckets[BUCKETS];
static uv_mutex_t mutex;
static uv_once_t once = UV_ONCE_INIT;
static char *process_file;

static record **bucket_of(const void *address) { return &buckets[((uintptr_t)address >> 12) % BUCKETS]; }

static record *take(const void *address) {
  uv_mutex_lock(&mutex);
  record **link = bucket_of(address);
  while (*link != NULL && (*link)->mapping.address != address) link = &(*link)->next;
  record *found = *link;
  if (found != NULL) *link = found->next;
  uv_mutex_unlock(&mutex);
  return found;
}

static void end(record *ended) {
  if (ended == NULL) return;
  mp_segment_end(ended->path, ended->mapping, ended->at_end);
  free(ended);
}

/* At exit() no JavaScript runs any more: Node has stopped the worker threads. What is left in the table belongs to
   buffers that no finalizer will see. */
static void at_exit(void) {
  uv_mutex_lock(&mutex);
  for (size_t i = 0; i < BUCKETS; i++) {
    record *next = buckets[i];
    buckets[i] = NULL;
    while (next != NULL) {
      record *ended = next;
      next = next->next;
      end(ended);
    }
  }
  uv_mutex_unlock(&mutex);
  if (process_file != NULL) unlink(process_file);
}

static void init_once(void) {
  uv_mutex_init(&mutex);
  atexit(at_exit);
}

void mp_mappings_init(void) { uv_once(&once, init_once); }

void mp_mappings_unlink_at_exit(const char *path) { process_file = strdup(path); }

static void finalize(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  end(take(data));
}

napi_value mp_mappings_wrap(napi_env env, const char *path, mp_mapping mapping, enum mp_at_end at_end) {
  size_t length = strlen(path);
  record *made = malloc(sizeof *made + length + 1);
  if (made == NULL) {
    mp_segment_end(path, mapping, at_end);
    return mp_throw_range(env, "Cannot map a segment: out of memory");
  }
  made->mapping = mapping;
  made->at_end = at_end;
  memcpy(made->path, path, length + 1);
  uv_mutex_lock(&mutex);
  record **bucket = bucket_of(mapping.address);
  made->next = *bucket;
  *bucket = made;
  uv_mutex_unlock(&mutex);
  napi_value buffer;
  napi_status status =
      napi_create_external_arraybuffer(env, mapping.address, mapping.size, finalize, NULL, &buffer);
  if (status == napi_ok) return buffer;
  end(take(mapping.address));
  if (status == napi_no_external_buffers_allowed) {
    return mp_throw_code(env, "ERR_MP_UNSUPPORTED_PLATFORM",
                         "Cannot map a segment: this runtime does not allow memory from outside its heap");
  }
  return mp_throw_range(env, "Cannot map a segment: the runtime refused the buffer");
}

bool mp_mappings_detach(napi_env env, napi_value buffer, enum mp_at_end at_end) {
  void *address;
  size_t size;
  if (napi_get_arraybuffer_info(env, buffer, &address, &size) != napi_ok) {
    mp_throw_type(env, "buffer must be an ArrayBuffer");
    return false;
  }
  bool known = false;
  uv_mutex_lock(&mutex);
  for (record *each = address == NULL ? NULL : *bucket_of(address); each != NULL; each = each->next) {
    if (each->mapping.address != address) continue;
    each->at_end = at_end;
    known = true;
  }
  uv_mutex_unlock(&mutex);
  if (!known) {
    mp_throw_type(env, "buffer must be one of create() or attach() that was not detached");
    return false;
  }
  napi_detach_arraybuffer(env, buffer);
  return true;
}
