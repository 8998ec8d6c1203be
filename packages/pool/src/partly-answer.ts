import type { MessagePort } from 'node:worker_threads';
import { putBack, receiveMoved } from './move.ts';
import { CALL, type PartlyMessage } from './protocol.ts';

/**
 * What a `PARTLY` says of its job.
 *
 * @param port by which a thread moves what its task has moved
 * @returns value and errors as `answered()` takes them: the error of a single call has the index -1
 */
export function partsOf(
  [values, failures, moved]: PartlyMessage,
  jobKind: number,
  port: MessagePort | undefined,
): [value: unknown, errors: Map<number, unknown> | undefined] {
  const [...all] = values;
  if (moved !== undefined && port !== undefined)
    putBack(all, moved.at, receiveMoved(port, moved.number) ?? []);
  if (jobKind !== CALL) return [all, failures.size === 0 ? undefined : failures];
  return [all[0], failures.size === 0 ? undefined : new Map([[-1, failures.get(0)]])];
}
