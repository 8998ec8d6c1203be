#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/system/segment.h"
#include "check.h"

/* The header of core, as far as removal reads it. */
static void leave(const char *name, unsigned satellites, unsigned magic) {
  unsigned char header[192] = {0};
  unsigned length = (unsigned)strlen(name);
  memcpy(header, &magic, 4);
  memcpy(header + 40, &satellites, 4);
  memcpy(header + 60, &length, 4);
  memcpy(header + 64, name, length);
  int fd = open(path_of(name), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  CHECK(fd >= 0 && write(fd, header, sizeof header) == sizeof header);
  close(fd);
}

static void pins(void) {
  mp_error error;
  leave("s-carrier", 1, MP_MAGIC);
  leave("s-carrier+1", 0, MP_MAGIC);
  leave("s-pinned", 0, MP_MAGIC);
  CHECK(link(path_of("s-pinned"), path_of("s-carrier+2")) == 0);
  CHECK(mp_segment_remove(path_of("s-pinned"), &error) == 0);
  CHECK(mp_segment_remove(path_of("s-carrier"), &error) == 1);
  CHECK(!exists(path_of("s-carrier")) && !exists(path_of("s-carrier+1")) && !exists(path_of("s-carrier+2")));
  CHECK(!exists(path_of("s-pinned")));
}

static void bad_headers(void) {
  mp_error error;
  static const unsigned lengths[] = {0, 127, 128, 4294967295u};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    unsigned char header[192];
    memset(header, 's', sizeof header);
    unsigned magic = MP_MAGIC;
    memcpy(header, &magic, 4);
    memcpy(header + 60, &lengths[i], 4);
    int fd = open(path_of("s-bad+1"), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && write(fd, header, sizeof header) == sizeof header);
    close(fd);
    CHECK(link(path_of("s-bad+1"), path_of("s-bad+2")) == 0);
    leave("s-bad", 1, MP_MAGIC);
    CHECK(mp_segment_remove(path_of("s-bad"), &error) == 1);
    CHECK(!exists(path_of("s-bad+1")) && !exists(path_of("s-bad+2")));
  }
  int fd = open(path_of("s-short"), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  CHECK(fd >= 0 && write(fd, "MPS1", 4) == 4);
  close(fd);
  CHECK(mp_segment_remove(path_of("s-short"), &error) == 1);
}

/* Killed at any moment of a removal, the name is either free or freed by the next visitor. */
static void cut_short(void) {
  mp_error error;
  mp_mapping mapping;
  for (int round = 0; round < 200; round++) {
    leave("n-cut", 1, MP_MAGIC);
    for (int n = 0; n < 20; n++) {
      char name[32];
      snprintf(name, sizeof name, "n-cut+%d", n);
      leave(name, 0, MP_MAGIC);
    }
    pid_t child = start_child();
    if (child == 0) {
      mp_segment_remove(path_of("n-cut"), &error);
      _exit(0);
    }
    usleep((unsigned)(round * 3));
    CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
    if (mp_segment_attach(path_of("n-cut"), MP_LOCK_SHARED, MP_WHOLE, &mapping, &error) == 1) {
      CHECK(exists(path_of("n-cut+0")) && exists(path_of("n-cut+19")));
      mp_segment_end(path_of("n-cut"), mapping, MP_REMOVE_WHEN_LAST);
    }
    CHECK(!exists(path_of("n-cut")) && !exists(path_of("n-cut+0")) && !exists(path_of("n-cut+19")));
  }
}

void test_removal(void) {
  pins();
  bad_headers();
  cut_short();
}
