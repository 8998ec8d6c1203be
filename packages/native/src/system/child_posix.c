#include "child.h"

/* Only the number of a child is known, which may be that of another one when it is time to wait. */
int mp_child_hold(pid_t pid) {
  (void)pid;
  return -1;
}

void mp_child_wait(int hold) { (void)hold; }
