#include "signals.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>

void mp_signals_block(void) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
}
