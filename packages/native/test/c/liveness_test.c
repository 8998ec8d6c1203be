#include "../../src/system/liveness.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/system/segment.h"
#include "check.h"

void test_liveness(void) {
  mp_error error;
  int fd, ready[2];
  const char *path = path_of("p-child");
  CHECK(mp_process_open(path, &fd, &error) == 0);
  CHECK(pipe(ready) == 0);
  pid_t child = start_child();
  if (child == 0) {
    const char *first = mp_process_lock(path, &error);
    CHECK(first != NULL && strcmp(first, path) == 0);
    CHECK(mp_process_lock(path_of("p-other"), &error) == first);
    CHECK(write(ready[1], "", 1) == 1);
    pause();
    _exit(0);
  }
  char byte;
  CHECK(read(ready[0], &byte, 1) == 1);
  CHECK(!exists(path_of("p-other")));
  CHECK(mp_segment_probe(path, &error) == MP_OWNED);
  CHECK(mp_process_open(path, &fd, &error) == 1);
  CHECK(kill(child, SIGKILL) == 0);
  mp_process_wait(fd);
  close(fd);
  CHECK(waitpid(child, NULL, 0) == child);
  CHECK(mp_segment_probe(path, &error) == MP_UNLOCKED);

  child = start_child();
  if (child == 0) {
    CHECK(mp_process_lock(path, &error) == NULL && error.code == EEXIST);
    CHECK(mp_process_lock("/nowhere/p-1", &error) == NULL && error.code == ENOENT);
    _exit(0);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  CHECK(unlink(path) == 0);
  close(ready[0]);
  close(ready[1]);
}
