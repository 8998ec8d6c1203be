#include "../../src/system/segment.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static mp_mapping make(const char *path, enum mp_lock lock) {
  mp_mapping mapping;
  mp_error error;
  CHECK(mp_segment_create(path, 5000, lock, "first", 5, true, &mapping, &error) == 1);
  return mapping;
}

static void contents(void) {
  const char *path = path_of("s-contents");
  mp_mapping one = make(path, MP_LOCK_SHARED), two;
  mp_error error;
  struct stat found;
  CHECK(one.size == 5000 && memcmp(one.address, "first\0\0", 7) == 0);
  CHECK(stat(path, &found) == 0 && (found.st_mode & 07777) == 0600 && found.st_nlink == 1);
  CHECK(mp_segment_create(path, 10, MP_LOCK_SHARED, NULL, 0, true, &two, &error) == 0);
  CHECK(mp_segment_attach(path, MP_LOCK_SHARED, MP_WHOLE, &two, &error) == 1);
  ((char *)two.address)[4999] = 'x';
  CHECK(((char *)one.address)[4999] == 'x');
  mp_segment_end(path, one, MP_REMOVE_WHEN_LAST);
  CHECK(exists(path));
  mp_segment_end(path, two, MP_REMOVE_WHEN_LAST);
  CHECK(!exists(path));
}

static void errors(void) {
  mp_mapping mapping;
  mp_error error;
  CHECK(mp_segment_create("/nowhere/s-1", 1, MP_LOCK_SHARED, NULL, 0, true, &mapping, &error) == -1);
  CHECK(error.code == ENOENT && strcmp(error.syscall, "open") == 0);
  CHECK(mp_segment_create("relative", 1, MP_LOCK_SHARED, NULL, 0, true, &mapping, &error) == -1);
  CHECK(mp_segment_create(path_of("s-huge"), MP_SIZE_MOST, MP_LOCK_SHARED, NULL, 0, true, &mapping, &error) == -1);
  CHECK(error.code == ENOSPC && strcmp(error.syscall, "fallocate") == 0);
  CHECK(!exists(path_of("s-huge")));
  CHECK(mp_segment_attach(path_of("s-none"), MP_LOCK_SHARED, MP_WHOLE, &mapping, &error) == 0);
}

static void probes(void) {
  const char *path = path_of("a-1");
  mp_error error;
  CHECK(mp_segment_probe(path, &error) == MP_ABSENT);
  mp_mapping owned = make(path, MP_LOCK_EXCLUSIVE);
  CHECK(mp_segment_probe(path, &error) == MP_OWNED);
  mp_segment_end(path, owned, MP_KEEP);
  CHECK(mp_segment_probe(path, &error) == MP_UNLOCKED);
  CHECK(unlink(path) == 0);
}

/* A child between fork and exec must not hold its parent's locks. */
static void forks(void) {
#ifdef MP_TEST_EMULATED
  /* qemu takes no note of MADV_DONTFORK. */
  if (!is_posix()) return;
#endif
  const char *shared = path_of("s-forked");
  const char *exclusive = path_of("a-forked");
  mp_mapping one = make(shared, MP_LOCK_SHARED), two = make(exclusive, MP_LOCK_EXCLUSIVE);
  mp_error error;
  pid_t child = start_child();
  if (child == 0) {
    pause();
    _exit(0);
  }
  mp_segment_end(shared, one, MP_REMOVE_WHEN_LAST);
  CHECK(!exists(shared));
  mp_segment_end(exclusive, two, MP_KEEP);
  CHECK(mp_segment_probe(exclusive, &error) == MP_UNLOCKED);
  CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
  CHECK(unlink(exclusive) == 0);
}

/* Somebody removes the file again and again while it is made and attached to. */
static void races(void) {
  const char *path = path_of("s-raced");
  mp_error error;
  pid_t child = start_child();
  if (child == 0) {
    for (;;) mp_segment_remove(path, &error);
  }
  for (int round = 0; round < 2000; round++) {
    mp_mapping one, two;
    CHECK(mp_segment_create(path, 4096, MP_LOCK_SHARED, "whole", 5, true, &one, &error) == 1);
    CHECK(mp_segment_attach(path, MP_LOCK_SHARED, MP_WHOLE, &two, &error) == 1);
    CHECK(memcmp(two.address, "whole", 5) == 0);
    mp_segment_end(path, one, MP_REMOVE_WHEN_LAST);
    CHECK(exists(path));
    mp_segment_end(path, two, MP_UNLINK);
  }
  CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
}

/* A private name that was left behind does not stop the next one. */
static void private_names(void) {
  if (!no_unnamed_files && !is_posix()) return;
  char name[64], path[4096];
  mp_error error;
  strcpy(path, path_of("s-private"));
  for (int number = 1; number < 4000; number++) {
    snprintf(name, sizeof name, "t-%d-%d", (int)getpid(), number);
    close(open(path_of(name), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  }
  mp_segment_end(path, make(path, MP_LOCK_SHARED), MP_REMOVE_WHEN_LAST);
  CHECK(!exists(path));
  for (int number = 1; number < 4000; number++) {
    snprintf(name, sizeof name, "t-%d-%d", (int)getpid(), number);
    CHECK(mp_segment_remove(path_of(name), &error) == 1);
  }
}

/* The portable backend does not count on the pages to keep the lock: on macOS they do not. */
static void keeps_the_lock_by_a_descriptor(void) {
  if (!is_posix()) return;
  const char *path = path_of("a-described");
  mp_error error;
  mp_mapping owned = make(path, MP_LOCK_EXCLUSIVE), looked;
  CHECK(owned.lock >= 0);
  CHECK(munmap(owned.address, owned.size) == 0);
  CHECK(mp_segment_probe(path, &error) == MP_OWNED);
  owned.address = mmap(NULL, owned.size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(mp_segment_attach(path, MP_LOCK_NONE, MP_WHOLE, &looked, &error) == 1 && looked.lock == -1);
  mp_segment_end(path, looked, MP_KEEP);
  mp_segment_end(path, owned, MP_UNLINK);
  CHECK(!exists(path));
}

/* What the sweep does with private names: nobody lives who could need them. */
static void sweep_private_names(void) {
  mp_error error;
  DIR *entries = opendir(directory);
  CHECK(entries != NULL);
  for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
    if (strncmp(entry->d_name, "t-", 2) == 0) CHECK(mp_segment_remove(path_of(entry->d_name), &error) == 1);
  }
  closedir(entries);
}

/* A maker that is killed at any moment leaves no file, or a whole one that its next user can remove. */
static void killed_makers(void) {
  char path[4096];
  mp_error error;
  strcpy(path, path_of("s-killed"));
  for (int round = 0; round < 60; round++) {
    pid_t child = start_child();
    if (child == 0) {
      for (;;) {
        mp_mapping made;
        if (mp_segment_create(path, 4096, MP_LOCK_SHARED, "whole", 5, true, &made, &error) == 1) {
          mp_segment_end(path, made, MP_UNLINK);
        }
      }
    }
    usleep((unsigned)(500 + round * 7919 % 1000));
    CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
    mp_mapping found;
    if (mp_segment_attach(path, MP_LOCK_SHARED, MP_WHOLE, &found, &error) == 1) {
      CHECK(found.size == 4096 && memcmp(found.address, "whole", 5) == 0);
      mp_segment_end(path, found, MP_REMOVE_WHEN_LAST);
    }
    CHECK(!exists(path));
    sweep_private_names();
  }
}

/* A maker that was killed while it gave the file its name leaves two. */
static void two_names(void) {
  if (!is_posix()) return;
  char path[4096];
  mp_error error;
  strcpy(path, path_of("s-born"));
  mp_segment_end(path, make(path, MP_LOCK_SHARED), MP_KEEP);
  CHECK(link(path, path_of("t-1-77")) == 0);
  /* While somebody uses it, it stays. */
  mp_mapping used;
  CHECK(mp_segment_attach(path, MP_LOCK_SHARED, MP_WHOLE, &used, &error) == 1);
  CHECK(mp_segment_remove(path, &error) == 0 && mp_segment_remove(path_of("t-1-77"), &error) == 0);
  mp_segment_end(path, used, MP_REMOVE_WHEN_LAST);
  CHECK(!exists(path) && !exists(path_of("t-1-77")));
  /* The sweep asks for the name that is left over. */
  mp_segment_end(path, make(path, MP_LOCK_SHARED), MP_KEEP);
  CHECK(link(path, path_of("t-1-78")) == 0);
  CHECK(mp_segment_remove(path_of("t-1-78"), &error) == 1 && exists(path) && !exists(path_of("t-1-78")));
  /* A pin beside it stays one. */
  CHECK(link(path, path_of("t-1-79")) == 0 && link(path, path_of("s-carrier+1")) == 0);
  CHECK(mp_segment_remove(path, &error) == 0 && !exists(path_of("t-1-79")));
  CHECK(unlink(path_of("s-carrier+1")) == 0 && mp_segment_remove(path, &error) == 1);
}

void test_segment(void) {
  keeps_the_lock_by_a_descriptor();
  two_names();
  killed_makers();
  contents();
  errors();
  probes();
  forks();
  races();
  private_names();
}
