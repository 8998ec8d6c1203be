import { BODY, RING_WORDS, waiterTableWords } from '@mp/core/internal';

/*
 * The control segment of a queue, in words after the header:
 *
 *   STATE        0 = open · 1 = shut down · 2 = shut down and emptied
 *   MAX_SIZE     items, 0 = no limit
 *   MAX_ATTEMPTS deliveries of a lease before the item is a dead letter, 0 = no limit
 *   MAX_BYTES    f64, 0 = no limit
 *   TAIL_LATCH, HEAD_LATCH   a line each: the agent that writes, the agent that takes
 *   STORE …      a line about the store of records (`store.ts`), written under the head's latch
 *   PUT, GET     waiters for space, for items, or for the latch of that side
 *   JOIN, LETTER waiters until all is done, and for dead letters
 *   rings        control lines
 *   SHAPES       the shapes of objects in its items (`shape-table.ts` of core)
 *   then ring 0
 */
export const STATE = BODY;
export const MAX_SIZE = BODY + 1;
export const MAX_ATTEMPTS = BODY + 2;
/** Float index. */
export const MAX_BYTES = (BODY + 4) / 2;

export const OPEN = 0;
export const SHUT_DOWN = 1;
export const DISCARDED = 2;

export const TAIL_LATCH = BODY + 16;
export const HEAD_LATCH = BODY + 32;

/** Number of the satellite that lists the cells, 0 = none yet. */
export const STORE = BODY + 48;
/** Records of the store that can be taken, and {@link DIRTY}. */
export const READY = BODY + 49;
export const LEASED = BODY + 50;
export const LETTERS = BODY + 51;
/** Records of the ring that are not in the queue any more, modulo 2³¹: taken and not in READY. */
export const OUT = BODY + 52;
/** Records of the ring that are done with, modulo 2³¹: neither in READY nor in LEASED. */
export const DONE = BODY + 53;
/** Number of the satellite that orders the ready ones, 0 = none yet. */
export const HEAP = BODY + 54;
/** Satellite of a large message whose record is being freed, 0 = none. */
export const DOOMED = BODY + 55;
/** Float indexes. */
export const SEQUENCE = (BODY + 56) / 2;
export const READY_BYTES = (BODY + 58) / 2;
export const OUT_BYTES = (BODY + 60) / 2;

/** Bit of READY: the store is being changed, or who changed it died. */
export const DIRTY = 1 << 31;
/** The part of READY, OUT, DONE and of the ring's counts that counts. */
export const COUNT = 0x7fffffff;

/** Threads that can wait on a side and be listed. */
export const WAITERS_CAPACITY = 60;

const WAITER_TABLE_WORDS = waiterTableWords(WAITERS_CAPACITY);

export const PUT_WAITERS = BODY + 64;
export const GET_WAITERS = PUT_WAITERS + WAITER_TABLE_WORDS;
export const JOIN_WAITERS = GET_WAITERS + WAITER_TABLE_WORDS;
export const LETTER_WAITERS = JOIN_WAITERS + WAITER_TABLE_WORDS;
export const RINGS = LETTER_WAITERS + WAITER_TABLE_WORDS;
export const SHAPES = RINGS + RING_WORDS;
/** Some 200 shapes of objects with few keys. */
export const SHAPES_BYTES = 8 << 10;
export const FIRST_RING = SHAPES + SHAPES_BYTES / 4;
/** Ring 0: small enough for many queues in a 64 MiB /dev/shm, large enough that most never grow. */
export const FIRST_RING_BYTES = 256 << 10;

export const QUEUE_BYTES = FIRST_RING * 4 + FIRST_RING_BYTES;
export const QUEUE_VERSION = 3;
