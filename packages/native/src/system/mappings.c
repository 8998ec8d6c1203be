#include "mappings.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct mp_record {
  mp_mapping mapping;
  enum mp_at_end at_end;
  unsigned holders;
  bool ended;
  struct mp_record *next;
  char path[];
};

typedef struct exit_file {
  struct exit_file *next;
  char path[];
} exit_file;

/* By address; a page is at least 4096 bytes, so the low bits say nothing. */
#define BUCKETS 16384

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
/* All guarded by mutex. */
static mp_record **buckets; /* NULL until there is a mapping */
static exit_file *exit_files;
static pid_t owner; /* 0 until the exit handler is registered */

static mp_record **bucket_of(const void *address) { return &buckets[((uintptr_t)address >> 12) % BUCKETS]; }

/* At exit() no JavaScript runs any more: Node has stopped the worker threads. What is left in the table belongs to
   buffers that no finalizer will see. */
static void at_exit(void) {
  pthread_mutex_lock(&mutex);
  /* A child that some library forked and that calls exit() has the table of its parent, not its files. */
  if (owner == getpid()) {
    for (size_t i = 0; buckets != NULL && i < BUCKETS; i++) {
      for (mp_record *each = buckets[i]; each != NULL; each = each->next) {
        each->ended = true;
        mp_segment_end(each->path, each->mapping, each->at_end);
      }
    }
    for (exit_file *each = exit_files; each != NULL; each = each->next) unlink(each->path);
  }
  pthread_mutex_unlock(&mutex);
}

/* The mutex is held. */
static void watch_exit(void) {
  if (owner != 0) return;
  owner = getpid();
  atexit(at_exit);
}

mp_record *mp_record_add(const char *path, mp_mapping mapping, enum mp_at_end at_end) {
  size_t length = strlen(path);
  mp_record *made = malloc(sizeof *made + length + 1);
  if (made == NULL) return NULL;
  made->mapping = mapping;
  made->at_end = at_end;
  made->holders = 1;
  made->ended = false;
  memcpy(made->path, path, length + 1);
  pthread_mutex_lock(&mutex);
  if (buckets == NULL) buckets = calloc(BUCKETS, sizeof *buckets);
  if (buckets == NULL) {
    pthread_mutex_unlock(&mutex);
    free(made);
    return NULL;
  }
  watch_exit();
  mp_record **bucket = bucket_of(mapping.address);
  made->next = *bucket;
  *bucket = made;
  pthread_mutex_unlock(&mutex);
  return made;
}

mp_record *mp_record_find(const void *address) {
  pthread_mutex_lock(&mutex);
  mp_record *each = buckets == NULL ? NULL : *bucket_of(address);
  while (each != NULL && each->mapping.address != address) each = each->next;
  pthread_mutex_unlock(&mutex);
  return each;
}

void mp_record_hold(mp_record *record) {
  pthread_mutex_lock(&mutex);
  record->holders++;
  pthread_mutex_unlock(&mutex);
}

void mp_record_set_at_end(mp_record *record, enum mp_at_end at_end) {
  pthread_mutex_lock(&mutex);
  record->at_end = at_end;
  pthread_mutex_unlock(&mutex);
}

void mp_record_end(mp_record *record) {
  pthread_mutex_lock(&mutex);
  bool live = !record->ended;
  record->ended = true;
  mp_record **link = bucket_of(record->mapping.address);
  while (*link != NULL && *link != record) link = &(*link)->next;
  if (*link == record) *link = record->next;
  pthread_mutex_unlock(&mutex);
  /* SAFETY: out of the table before it is unmapped, so that the next mapping at this address is never mistaken for
     this one. */
  if (live) mp_segment_end(record->path, record->mapping, record->at_end);
}

void mp_record_drop(mp_record *record) {
  pthread_mutex_lock(&mutex);
  bool last = --record->holders == 0;
  pthread_mutex_unlock(&mutex);
  if (!last) return;
  mp_record_end(record);
  free(record);
}

void mp_unlink_at_exit(const char *path) {
  size_t length = strlen(path);
  exit_file *made = malloc(sizeof *made + length + 1);
  if (made == NULL) return; /* the sweep will find it */
  memcpy(made->path, path, length + 1);
  pthread_mutex_lock(&mutex);
  watch_exit();
  made->next = exit_files;
  exit_files = made;
  pthread_mutex_unlock(&mutex);
}

void mp_unlink_now(const char *path) {
  unlink(path);
  pthread_mutex_lock(&mutex);
  exit_file **link = &exit_files;
  while (*link != NULL && strcmp((*link)->path, path) != 0) link = &(*link)->next;
  exit_file *found = *link;
  if (found != NULL) *link = found->next;
  pthread_mutex_unlock(&mutex);
  free(found);
}
