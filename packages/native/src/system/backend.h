#ifndef MP_BACKEND_H
#define MP_BACKEND_H

/*
 * What the system must offer is behind the headers of this folder. Some are implemented twice: `<thing>_linux.c` uses what
 * Linux alone has, `<thing>_posix.c` what macOS has, too, and runs on both. A build takes one of each pair: the backend.
 */

/* "linux" or "posix" */
const char *mp_backend(void);
/* The longest path of a doorbell, in bytes. */
int mp_bell_path_most(void);
/* Sees to it that the addon stays loaded when the last worker thread that loaded it ends: threads and exit handlers of it are left. */
void mp_stay_loaded(void);

#endif
