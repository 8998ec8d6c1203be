import { BODY, RING_WORDS, roomWords } from '@mp/core/internal';

/*
 * The control segment of a queue, in words after the header:
 *
 *   STATE      0 = open · 1 = shut down · 2 = shut down and emptied
 *   VARIANT    fifo 0 · lifo 1 · priority 2
 *   MAX_SIZE   items, 0 = no limit
 *   STORE      satellite number of the record store, 0 = none yet (leases, priorities, LIFO)
 *   RETURNED   records of the store that wait to be delivered again
 *   MAX_BYTES  f64, 0 = no limit
 *   TAIL_LATCH, HEAD_LATCH   a line each: who is writing, who is taking
 *   PUT, GET   the rooms of who waits for space, for items, or for the latch of that side
 *   rings      control lines, then ring 0
 */
export const STATE = BODY;
export const VARIANT = BODY + 1;
export const MAX_SIZE = BODY + 2;
export const STORE = BODY + 3;
export const RETURNED = BODY + 4;
/** Float index. */
export const MAX_BYTES = (BODY + 6) / 2;

export const OPEN = 0;
export const SHUT_DOWN = 1;
export const DISCARDED = 2;

/** Threads that can wait on a side and be listed. */
export const ROOM_CAPACITY = 60;

const ROOM_WORDS = roomWords(ROOM_CAPACITY);

export const TAIL_LATCH = BODY + 16;
export const HEAD_LATCH = BODY + 32;
export const PUT_ROOM = BODY + 48;
export const GET_ROOM = PUT_ROOM + ROOM_WORDS;
export const RINGS = GET_ROOM + ROOM_WORDS;
export const FIRST_RING = RINGS + RING_WORDS;
/** Ring 0: small enough for many queues in a 64 MiB /dev/shm, large enough that most never grow. */
export const FIRST_RING_BYTES = 256 << 10;

export const QUEUE_BYTES = FIRST_RING * 4 + FIRST_RING_BYTES;
export const QUEUE_VERSION = 1;
