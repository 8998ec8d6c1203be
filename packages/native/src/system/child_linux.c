#include "child.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* From newer headers than ours: pidfd_open(2), and the way of waitid(2) to wait by one. */
#define SYS_PIDFD_OPEN 434
#define BY_PIDFD ((idtype_t)3)

int mp_child_hold(pid_t pid) { return (int)syscall(SYS_PIDFD_OPEN, pid, 0); }

void mp_child_wait(int hold) {
  siginfo_t info;
  while (waitid(BY_PIDFD, (id_t)hold, &info, WEXITED) != 0 && errno == EINTR) {
  }
}
