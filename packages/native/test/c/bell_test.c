#include "../../src/system/bell.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

/* More than one socket's buffer holds datagrams for. */
#define STOPPED 600

static bool has_rung(int fd) {
  char byte;
  return recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) >= 0;
}

static void one(void) {
  mp_error error;
  struct stat found;
  const char *path = path_of("d-1");
  CHECK(mp_bell_ring(path, &error) == 0);
  int fd = mp_bell_bind(path, &error);
  CHECK(fd >= 0 && stat(path, &found) == 0 && (found.st_mode & 0777) == 0600);
  CHECK(mp_bell_bind(path, &error) == -1 && error.code == EADDRINUSE && strcmp(error.syscall, "bind") == 0);
  CHECK(!has_rung(fd));
  for (int i = 0; i < 1000; i++) CHECK(mp_bell_ring(path, &error) == 1);
  CHECK(has_rung(fd));
  for (int i = 0; i < 1000; i++) mp_bell_take(fd);
  CHECK(!has_rung(fd));
  CHECK(mp_bell_ring(path, &error) == 1 && has_rung(fd));
  close(fd);
  CHECK(mp_bell_ring(path, &error) == 0);
  CHECK(unlink(path) == 0);
}

/* Nobody's ring is lost because of many others who do not answer. */
static void many_stopped(void) {
  static int sockets[STOPPED];
  mp_error error;
  char name[32];
  for (int i = 0; i < STOPPED; i++) {
    snprintf(name, sizeof name, "d-%d", i);
    sockets[i] = mp_bell_bind(path_of(name), &error);
    CHECK(sockets[i] >= 0);
    CHECK(mp_bell_ring(path_of(name), &error) == 1);
    CHECK(has_rung(sockets[i]));
  }
  for (int i = 0; i < STOPPED; i++) {
    snprintf(name, sizeof name, "d-%d", i);
    close(sockets[i]);
    CHECK(unlink(path_of(name)) == 0);
  }
}

static void long_paths(void) {
  mp_error error;
  char long_directory[4096], path[4200];
  snprintf(long_directory, sizeof long_directory, "%s/%0150d", directory, 0);
  snprintf(path, sizeof path, "%s/d-1", long_directory);
  if (is_posix()) {
    CHECK(mp_bell_ring(path, &error) == -1 && error.code == ENAMETOOLONG);
    CHECK(mp_bell_bind(path, &error) == -1 && error.code == ENAMETOOLONG);
    return;
  }
  CHECK(mp_bell_ring(path, &error) == 0);
  CHECK(mp_bell_bind(path, &error) == -1 && error.code == ENOENT);
  CHECK(mkdir(long_directory, 0700) == 0);
  int fd = mp_bell_bind(path, &error);
  CHECK(fd >= 0);
  CHECK(mp_bell_ring(path, &error) == 1 && has_rung(fd));
  close(fd);
  CHECK(unlink(path) == 0 && rmdir(long_directory) == 0);
}

static void on_signal(int number) { (void)number; }

/* A thread that blocks at its doorbell. */
static void sleeps(void) {
  mp_error error;
  uint32_t word = 0;
  const char *path = path_of("d-sleeper");
  int fd = mp_bell_bind(path, &error);
  CHECK(fd >= 0);
  CHECK(mp_bell_wait(fd, &word, 0, 0, &error) == 1);
  CHECK(mp_bell_wait(fd, &word, 0, 1.5, &error) == 1);
  CHECK(mp_bell_wait(fd, &word, 1, 1000, &error) == 2);
  /* A ring that came before is not slept over, and it is taken out, whatever the word says. */
  CHECK(mp_bell_ring(path, &error) == 1 && mp_bell_wait(fd, &word, 0, 1000, &error) == 0 && !has_rung(fd));
  CHECK(mp_bell_ring(path, &error) == 1 && mp_bell_wait(fd, &word, 1, 1000, &error) == 2 && !has_rung(fd));

  pid_t child = start_child();
  if (child == 0) {
    usleep(20000);
    _exit(mp_bell_ring(path, &error) == 1 ? 0 : 1);
  }
  int status;
  CHECK(mp_bell_wait(fd, &word, 0, 60000, &error) == 0);
  CHECK(waitpid(child, &status, 0) == child && status == 0);

  /* A signal counts as a ring: JavaScript looks again. */
  struct sigaction action = {.sa_handler = on_signal};
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  pid_t self = getpid();
  child = start_child();
  if (child == 0) {
    for (;;) {
      kill(self, SIGUSR1);
      usleep(1000);
    }
  }
  CHECK(mp_bell_wait(fd, &word, 0, 60000, &error) == 0);
  CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
  close(fd);
  CHECK(unlink(path) == 0);
}

void test_bell(void) {
  sleeps();
  one();
  many_stopped();
  long_paths();
}
