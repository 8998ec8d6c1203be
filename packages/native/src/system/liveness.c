#include "liveness.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "mappings.h"
#include "newborn.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char *lock_path; /* guarded by mutex until it is set, never changed after that */

/* The path of the lock that this process holds from now on, or NULL = error */
static char *make_lock(const char *path, mp_error *error) {
  mp_newborn file;
  char *kept = strdup(path);
  if (kept == NULL) {
    mp_fail(error, "malloc");
    return NULL;
  }
  if (mp_newborn_open(path, LOCK_EX, &file, error) != 0) {
    free(kept);
    return NULL;
  }
  int published = mp_newborn_publish(&file, path, error);
  if (published == 1) {
    /* The descriptor stays open, and the lock held, for as long as the process is there. */
    mp_unlink_at_exit(path);
    return kept;
  }
  if (published == 0) *error = (mp_error){"linkat", EEXIST};
  mp_newborn_close(&file);
  free(kept);
  return NULL;
}

const char *mp_process_lock(const char *path, mp_error *error) {
  pthread_mutex_lock(&mutex);
  if (lock_path == NULL) lock_path = make_lock(path, error);
  const char *found = lock_path;
  pthread_mutex_unlock(&mutex);
  return found;
}

int mp_process_open(const char *path, int *fd, mp_error *error) {
  *fd = mp_open(path, O_RDONLY);
  if (*fd >= 0) return 1;
  return errno == ENOENT ? 0 : mp_fail(error, "open");
}

void mp_process_wait(int fd) { mp_flock(fd, LOCK_SH); }
