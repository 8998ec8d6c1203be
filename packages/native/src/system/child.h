#ifndef MP_CHILD_H
#define MP_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/* Whether a child of this process has ended. It is not waited for: that is libuv's to do. */
bool mp_child_has_ended(pid_t pid);

/* A hold on a child of this process, which stays that of this child whatever becomes of its number.
   @return a descriptor, or -1 = the system has no such thing */
int mp_child_hold(pid_t pid);
/* Waits for the child, unless that was done. */
void mp_child_wait(int hold);

#endif
