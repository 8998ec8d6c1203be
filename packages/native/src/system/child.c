#include "child.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

bool mp_child_has_ended(pid_t pid) {
  siginfo_t info = {.si_pid = 0};
  int result;
  do {
    result = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT);
  } while (result != 0 && errno == EINTR);
  /* One that is not known any more has been waited for. */
  return result == 0 ? info.si_pid == pid : errno == ECHILD;
}
