#include "../../src/system/futex.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void on_signal(int number) { (void)number; }

void test_futex(void) {
  uint32_t *word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(word != MAP_FAILED);
  if (is_posix()) {
    CHECK(mp_futex_wait(word, 0, 1000) == -1 && errno == ENOSYS);
    CHECK(mp_futex_wake(word, 1) == -1 && errno == ENOSYS);
    CHECK(munmap(word, 4096) == 0);
    return;
  }
  CHECK(mp_futex_wait(word, 1, 1000) == 2);
  double start = now_ms();
  CHECK(mp_futex_wait(word, 0, 20.5) == 1);
  CHECK(now_ms() - start >= 20.4);
  CHECK(mp_futex_wait(word, 0, 0) == 1);
  CHECK(mp_futex_wait(word, 0, 0.999999999) == 1);
  CHECK(mp_futex_wake(word, 1) == 0);

  pid_t child = start_child();
  if (child == 0) {
    while (mp_futex_wait(word, 0, 1000) == 1) {
    }
    _exit(0);
  }
  while (mp_futex_wake(word, 1) != 1) usleep(100);
  int status;
  CHECK(waitpid(child, &status, 0) == child && status == 0);

  /* A signal counts as a wake: JavaScript looks again. */
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
  CHECK(mp_futex_wait(word, 0, 10000) == 0);
  CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
  CHECK(munmap(word, 4096) == 0);
  CHECK(mp_futex_wake((uint32_t *)1, 1) == -1 && errno == EINVAL);
}
