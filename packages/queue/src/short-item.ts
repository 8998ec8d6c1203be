import { ShortWay, type WaitLine } from '@mp/core/internal';
import type { GetSide } from './get-side.ts';
import {
  FIRST_RING,
  FIRST_RING_BYTES,
  GET_WAITERS,
  HEAD_LATCH,
  LEASED,
  PUT_WAITERS,
  READY,
  RINGS,
  STATE,
  TAIL_LATCH,
  WAITERS_CAPACITY,
} from './layout.ts';
import type { QueueState } from './queue-state.ts';

/**
 * Opens the short way of an item that comes while a thread sleeps: the native part puts or takes it, under the latch. A queue
 * is a line whose two ends are one.
 *
 * @param line of the waits for an item
 */
export function openShortWay({ segment }: QueueState, getSide: GetSide, line: WaitLine): ShortWay {
  const places = {
    out: [RINGS, FIRST_RING],
    in: [RINGS, FIRST_RING],
    ringBytes: FIRST_RING_BYTES,
    waiters: GET_WAITERS,
    farWaiters: GET_WAITERS,
    capacity: WAITERS_CAPACITY,
    latches: [TAIL_LATCH, HEAD_LATCH],
    states: [STATE, READY, LEASED],
  } as const;
  return new ShortWay(segment.buffer, line, places, {
    bytes: getSide.scratch,
    farSenders: PUT_WAITERS,
    onMore: () => getSide.finishTake(),
    far: 0,
  });
}
