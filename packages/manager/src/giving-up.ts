import { TimeoutError, type WaitOptions } from '@mp/core';
import { atDeadline, watchAbort } from '@mp/core/internal';
import type { PendingCall } from './reference.ts';

/** Gives up a call at its deadline, and when its signal aborts, unless it has ended before. */
export function giveUpAt(
  call: PendingCall,
  deadline: number,
  { timeout, signal }: WaitOptions,
  giveUp: (reason: unknown) => void,
): void {
  const isTimed = Number.isFinite(deadline);
  if (!isTimed && signal === undefined) return;
  const cancelTimer = !isTimed
    ? undefined
    : atDeadline(deadline, () => giveUp(new TimeoutError(`It was not done within ${timeout} ms`)));
  const unwatch = signal && watchAbort(signal, () => giveUp(signal.reason));
  call.stop = () => {
    cancelTimer?.();
    unwatch?.();
  };
}
