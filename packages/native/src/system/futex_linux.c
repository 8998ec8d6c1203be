#include "futex.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* No FUTEX_PRIVATE_FLAG: the word lies in a file that several processes map. */

int mp_futex_wait(uint32_t *word, uint32_t expected, double milliseconds) {
  struct timespec limit;
  limit.tv_sec = (time_t)(milliseconds / 1000.0);
  limit.tv_nsec = (long)((milliseconds - (double)limit.tv_sec * 1000.0) * 1e6);
  if (syscall(SYS_futex, word, FUTEX_WAIT, expected, &limit, NULL, 0) == 0) return 0;
  switch (errno) {
    case EINTR:
      return 0;
    case ETIMEDOUT:
      return 1;
    case EAGAIN:
      return 2;
    default:
      return -1;
  }
}

int mp_futex_wake(uint32_t *word, int count) {
  return (int)syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0);
}
