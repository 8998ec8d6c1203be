#include "../../src/system/mappings.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static mp_record *add(const char *path, enum mp_at_end at_end, mp_mapping *mapping) {
  mp_error error;
  CHECK(mp_segment_create(path, 4096, MP_LOCK_SHARED, NULL, 0, true, mapping, &error) == 1);
  mp_record *record = mp_record_add(path, *mapping, at_end);
  CHECK(record != NULL && mp_record_find(mapping->address) == record);
  return record;
}

static void holders(void) {
  mp_mapping mapping;
  const char *path = path_of("s-held");
  mp_record *record = add(path, MP_UNLINK, &mapping);
  mp_record_hold(record);
  mp_record_drop(record);
  CHECK(mp_record_find(mapping.address) == record && exists(path));
  mp_record_set_at_end(record, MP_KEEP);
  mp_record_end(record);
  CHECK(mp_record_find(mapping.address) == NULL && exists(path));
  mp_record_end(record);
  mp_record_drop(record);
  CHECK(unlink(path) == 0);
}

static void *churn(void *data) {
  char path[4096];
  for (int round = 0; round < 500; round++) {
    mp_mapping mapping;
    snprintf(path, sizeof path, "%s/s-%d-%d", directory, *(int *)data, round);
    mp_record *record = add(path, MP_REMOVE_WHEN_LAST, &mapping);
    *(int *)mapping.address = round;
    if (round % 2 == 0) mp_record_end(record);
    mp_unlink_at_exit(path);
    mp_unlink_now(path);
    mp_record_drop(record);
    CHECK(!exists(path));
  }
  return NULL;
}

static void threads(void) {
  pthread_t made[4];
  int numbers[] = {0, 1, 2, 3};
  for (int i = 0; i < 4; i++) CHECK(pthread_create(&made[i], NULL, churn, &numbers[i]) == 0);
  for (int i = 0; i < 4; i++) CHECK(pthread_join(made[i], NULL) == 0);
}

/* exit() ends what is left, in the process that made it and in no forked one. */
static void at_exit(void) {
  const char *files[] = {path_of("s-exit"), path_of("a-exit"), path_of("d-exit")};
  pid_t child = start_child();
  if (child == 0) {
    /* The table is this process's own: nothing was in it before the fork. */
    mp_mapping mapping;
    add(files[0], MP_REMOVE_WHEN_LAST, &mapping);
    add(files[1], MP_UNLINK, &mapping);
    add(files[2], MP_KEEP, &mapping);
    mp_unlink_at_exit(files[2]);
    pid_t grandchild = fork();
    if (grandchild == 0) exit(0);
    CHECK(waitpid(grandchild, NULL, 0) == grandchild);
    for (int i = 0; i < 3; i++) CHECK(exists(files[i]));
    exit(0);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  for (int i = 0; i < 3; i++) CHECK(!exists(files[i]));
}

void test_mappings(void) {
  static bool is_first = true;
  /* First of all: the owner of the table is the first process that puts something in. */
  if (is_first) at_exit();
  is_first = false;
  holders();
  threads();
}
