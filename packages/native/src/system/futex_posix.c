#include "futex.h"

#include <errno.h>

int mp_futex_wait(uint32_t *word, uint32_t expected, double milliseconds) {
  (void)word;
  (void)expected;
  (void)milliseconds;
  errno = ENOSYS;
  return -1;
}

int mp_futex_wake(uint32_t *word, int count) {
  (void)word;
  (void)count;
  errno = ENOSYS;
  return -1;
}
