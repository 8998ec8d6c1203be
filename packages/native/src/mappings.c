#include "mappings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "throw.h"

typedef struct record {
  mp_mapping mapping;
  enum mp_at_end at_end;
  bool ended;
  struct record *next;
  char path[];
} record;

/* By address; a page is at least 4096 bytes, so the low bits say nothing. */
#define BUCKETS 16384
static record *buckets[BUCKETS];
static uv_mutex_t mutex;
static uv_once_t once = UV_ONCE_INIT;

/* Files that are not mapped here and must not outlive the process: sockets, its lock. */
typedef struct exit_file {
  struct exit_file *next;
  char path[];
} exit_file;

static exit_file *exit_files;

static record **bucket_of(const void *address) { return &buckets[((uintptr_t)address >> 12) % BUCKETS]; }

/* Takes a live record out of the table. @return false when its mapping ended before */
static bool take(record *wanted) {
  uv_mutex_lock(&mutex);
  bool live = !wanted->ended;
  wanted->ended = true;
  record **link = bucket_of(wanted->mapping.address);
  while (*link != NULL && *link != wanted) link = &(*link)->next;
  if (*link == wanted) *link = wanted->next;
  uv_mutex_unlock(&mutex);
  return live;
}

static void end(record *wanted) {
  if (take(wanted)) mp_segment_end(wanted->path, wanted->mapping, wanted->at_end);
}

/* At exit() no JavaScript runs any more: Node has stopped the worker threads. What is left in the table belongs to
   buffers that no finalizer will see. */
static void at_exit(void) {
  uv_mutex_lock(&mutex);
  for (size_t i = 0; i < BUCKETS; i++) {
    for (record *each = buckets[i]; each != NULL; each = each->next) {
      each->ended = true;
      mp_segment_end(each->path, each->mapping, each->at_end);
    }
    buckets[i] = NULL;
  }
  uv_mutex_unlock(&mutex);
  for (exit_file *each = exit_files; each != NULL; each = each->next) unlink(each->path);
}

static void init_once(void) {
  uv_mutex_init(&mutex);
  atexit(at_exit);
}

void mp_mappings_init(void) { uv_once(&once, init_once); }

void mp_unlink_at_exit(const char *path) {
  size_t length = strlen(path);
  exit_file *made = malloc(sizeof *made + length + 1);
  if (made == NULL) return; /* the sweep will find it */
  memcpy(made->path, path, length + 1);
  uv_mutex_lock(&mutex);
  made->next = exit_files;
  exit_files = made;
  uv_mutex_unlock(&mutex);
}

void mp_unlink_now(const char *path) {
  unlink(path);
  uv_mutex_lock(&mutex);
  exit_file **link = &exit_files;
  while (*link != NULL && strcmp((*link)->path, path) != 0) link = &(*link)->next;
  exit_file *found = *link;
  if (found != NULL) *link = found->next;
  uv_mutex_unlock(&mutex);
  free(found);
}

static void finalize(napi_env env, void *data, void *hint) {
  (void)env;
  (void)data;
  end(hint);
  free(hint);
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
  made->ended = false;
  memcpy(made->path, path, length + 1);
  uv_mutex_lock(&mutex);
  record **bucket = bucket_of(mapping.address);
  made->next = *bucket;
  *bucket = made;
  uv_mutex_unlock(&mutex);
  napi_value buffer;
  napi_status status =
      napi_create_external_arraybuffer(env, mapping.address, mapping.size, finalize, made, &buffer);
  if (status == napi_ok) return buffer;
  end(made);
  free(made);
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
  record *found = NULL;
  uv_mutex_lock(&mutex);
  for (record *each = address == NULL ? NULL : *bucket_of(address); each != NULL; each = each->next) {
    if (each->mapping.address == address) found = each;
  }
  if (found != NULL) found->at_end = at_end;
  uv_mutex_unlock(&mutex);
  if (found == NULL) {
    mp_throw_type(env, "buffer must be one of create() or attach() that was not detached");
    return false;
  }
  if (napi_detach_arraybuffer(env, buffer) != napi_ok) {
    mp_throw_type(env, "buffer cannot be detached");
    return false;
  }
  /* SAFETY: this object owned the pages until now. Had they been moved by transfer(), its address would have been
     NULL and nothing was found. So nobody can reach them, and the finalizer will find the mapping ended. */
  end(found);
  return true;
}
