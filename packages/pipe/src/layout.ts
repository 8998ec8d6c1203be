import { BODY, RING_WORDS, waiterTableWords } from '@mp/core/internal';

/*
 * The segment of a pipe, in words after the header:
 *
 *   DUPLEX     1 = messages go both ways, 0 = from the right end to the left one only
 *   RING_BYTES size of ring 0 of each direction
 *   ENDS       the owners of the left end and of the right one: see end.ts
 *   RECEIVE    waiters to receive at the left end, and at the right one
 *   SEND       waiters for space to send at the left end, and at the right one
 *   RINGS      control lines of what the left end sends, and the right one
 *   SHAPES     the shapes of objects in its messages (`shape-table.ts` of core)
 *   then ring 0 of what the right end sends and, of a duplex pipe, of what the left one sends
 */
export const DUPLEX = BODY;
export const RING_BYTES = BODY + 1;

export const LEFT = 0;
export const RIGHT = 1;
export type Side = typeof LEFT | typeof RIGHT;

/** Entries of a waiter table: one thread has an end, but its `wait()` calls stand there too. */
const CAPACITY = 12;
export const WAITERS_CAPACITY = CAPACITY;
const WAITER_TABLE_WORDS = waiterTableWords(CAPACITY);

export const END_WORDS = 48;
const ENDS = BODY + 16;
const RECEIVE = ENDS + 2 * END_WORDS;
const SEND = RECEIVE + 2 * WAITER_TABLE_WORDS;
const RINGS = SEND + 2 * WAITER_TABLE_WORDS;
export const SHAPES = RINGS + 2 * RING_WORDS;
/** Some 100 shapes of objects with few keys. */
export const SHAPES_BYTES = 4 << 10;
const FIRST_RINGS = SHAPES + SHAPES_BYTES / 4;

/** Ring 0: a duplex pipe takes 64 KiB, so that many fit into a 64 MiB /dev/shm. */
export const FIRST_RING_BYTES = (64 * 1024 - FIRST_RINGS * 4) / 2;

/** As long as so many bytes wait to be received, a send waits. */
export const PIPE_BYTES = 1 << 20;

export const PIPE_VERSION = 3;

/** The flags of a message with objects whose keys are in SHAPES. Others have none. */
export const SHAPED = 1;

export const endAt = (side: Side): number => ENDS + side * END_WORDS;
export const receiveWaitersAt = (side: Side): number => RECEIVE + side * WAITER_TABLE_WORDS;
export const sendWaitersAt = (side: Side): number => SEND + side * WAITER_TABLE_WORDS;
/** Control lines of what `side` sends. */
export const ringAt = (side: Side): number => RINGS + side * RING_WORDS;

/** First word of ring 0 of what `side` sends. */
export function firstRingAt(side: Side, ringBytes: number): number {
  return side === RIGHT ? FIRST_RINGS : FIRST_RINGS + ringBytes / 4;
}

export function segmentBytes(duplex: boolean): number {
  return FIRST_RINGS * 4 + FIRST_RING_BYTES * (duplex ? 2 : 1);
}
