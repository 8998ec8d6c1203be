#ifndef MP_LINE_H
#define MP_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One end of a line of messages between two threads: a ring each way, and the waiters for it. What is done with them here
 * is what record-ring.ts and waiter-table.ts of @mp/core do, store for store; the tables there say what each store leaves
 * behind. It is done here too because a thread that has slept has nothing in its caches: it enters a function of
 * JavaScript in 1 to 3 µs then, and this is dozens of them. So it is for the case that is usual when messages are rare: one
 * thread sleeps, the ring is empty, and the record lies in ring 0. Every other case is refused before anything is changed.
 *
 * A queue is a line, too: many threads write into its one ring and read from it, so a latch is held for each side, as in
 * queue/src/put-side.ts and get-side.ts. What is found to be another case only under the latch is left as soon as the latch is.
 * A latch that has become contended meanwhile is left to JavaScript, held: it knows whom to ring.
 */

/* Words of a ring's control lines, and of a waiter table with so many entries. */
#define MP_RING_WORDS 48
#define MP_TABLE_WORDS(capacity) (16 + (capacity) * 4)

/* Places are indexes of words in the segment. */
typedef struct {
  uint32_t *words;
  uint32_t out, out_first;            /* control lines and ring 0 of what this end sends … */
  uint32_t in, in_first;              /* … and of what it receives */
  uint32_t ring_bytes;                /* of each ring 0 */
  uint32_t waiters, far_waiters;      /* tables of those that wait for messages, here and there … */
  uint32_t senders;                   /* … and of those that wait there for space to send */
  uint32_t capacity;                  /* entries of each table */
  uint32_t far;                       /* the word that is 0 when the other end was closed; 0 = there is none */
  uint32_t me;                        /* the agent of this thread */
  uint32_t put_latch, get_latch;      /* of a queue; 0 = it is none */
  uint32_t state, ready, leased;      /* of a queue: not 0 when it was shut down, or has items beside the ring */
} mp_line;

/* Another agent. */
typedef struct {
  uint32_t *rung, *mode;
  int bell;         /* connected to its doorbell; -1 = none */
  const char *path; /* of its doorbell: where there is no bell, for one that has come to its event loop just now */
} mp_peer;

/* Bits of what a send has done, and of what it leaves to JavaScript. With MP_INSIDE that is everything behind the commit. */
enum mp_sent { MP_NOT_SENT = 0, MP_SENT = 1, MP_NOBODY_RUNG = 2, MP_SENDERS_WAIT = 4, MP_INSIDE = 8 };

/* The one agent that waits for messages there and was not chosen; of a queue the one that waits longest.
   0 = there is none, or another case for JavaScript */
uint32_t mp_line_waiter(const mp_line *line);
/* Lays a record for that agent, commits it, chooses each of its entries, of a queue the one of the longest wait, and rings it. */
enum mp_sent mp_line_send(const mp_line *line, uint32_t agent, const mp_peer *peer, const void *bytes, uint32_t length,
                          uint32_t flags);
/* The same for what was committed before. */
bool mp_line_wake(const mp_line *line, uint32_t agent, const mp_peer *peer);

/* Enters the table, announces that, and looks at the ring again: what a wait begins with when nothing is there.
   @return its entry, below 0 when something has come meanwhile; 0 = not entered */
int32_t mp_line_enter(const mp_line *line);

typedef struct {
  uint32_t length;
  bool left;         /* the entry was given up; else a wake has reached it meanwhile, and it is in the table yet */
  bool more;         /* there is more to do: a wake for those that wait for space, or for the next item; or the latch is held */
} mp_taken;

/* Takes the record at the head for the waiter of `entry`, if that was chosen.
   @return false = nothing was taken; `more` then says that the latch of a queue is held yet */
bool mp_line_take(const mp_line *line, uint32_t entry, void *bytes, uint32_t room, mp_taken *out);
/* For a waiter that only wants to know that there is something: nothing is taken. */
bool mp_line_tell(const mp_line *line, uint32_t entry, mp_taken *out);

#endif
