#include "cut.h"

#ifdef __linux__
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

pid_t start_stopped(void (*work)(void)) {
  int status;
  pid_t child = start_child();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGSTOP);
    work();
    raise(SIGSTOP);
    _exit(0);
  }
  CHECK(waitpid(child, &status, 0) == child && WIFSTOPPED(status));
  return child;
}

bool step(pid_t child) {
  int status;
  CHECK(ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) == 0 && waitpid(child, &status, 0) == child);
  CHECK(WIFSTOPPED(status));
  return WSTOPSIG(status) != SIGSTOP;
}

void finish(pid_t child) {
  int status;
  CHECK(ptrace(PTRACE_CONT, child, NULL, NULL) == 0 && waitpid(child, &status, 0) == child && WIFSTOPPED(status));
  CHECK(kill(child, SIGKILL) == 0 && waitpid(child, &status, 0) == child);
}

int for_each_cut(void (*work)(void), void *memory, size_t size, void (*check)(void)) {
  enum { MOST = 200 };
  char *states = malloc(MOST * size);
  int count = 1, status;
  CHECK(states != NULL);
  memcpy(states, memory, size);
  pid_t child = start_stopped(work);
  while (step(child)) {
    if (memcmp(states + (size_t)(count - 1) * size, memory, size) == 0) continue;
    CHECK(count < MOST);
    memcpy(states + (size_t)count++ * size, memory, size);
  }
  CHECK(kill(child, SIGKILL) == 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status));
  for (int i = 0; i < count; i++) {
    memcpy(memory, states + (size_t)i * size, size);
    check();
  }
  free(states);
  return count;
}
#endif
