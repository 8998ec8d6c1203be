#ifndef MP_CUT_H
#define MP_CUT_H
#ifdef __linux__

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Children that do something instruction by instruction. */

/* A child that stops, does `work`, and stops again. */
pid_t start_stopped(void (*work)(void));
/* One instruction. @return whether there was one */
bool step(pid_t child);
/* Lets it do the rest, and ends it. */
void finish(pid_t child);
/* What shared memory may be like when a child is killed while it does `work`: calls `check` with each state that it has behind
   an instruction, from the one before the first. @return how many there are */
int for_each_cut(void (*work)(void), void *memory, size_t size, void (*check)(void));

#endif
#endif
