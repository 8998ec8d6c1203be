import { deadlineIn } from '@mp/core/internal';
import type { NameOptions } from './name-options.ts';
import type { BarrierConduct } from './proxies/remote-barrier.ts';

/** What a `Manager` knows of its server. */
export interface ManagerStats {
  /** Objects that some client holds, or that have names. */
  readonly objects: number;
  /** Clients that are connected, this one too. */
  readonly clients: number;
}

/** What happens to the connection of a `Manager`. */
export interface ManagerEvents {
  /** It was lost: why. With `retry`, another one is looked for; if none is found in time, this is told once more. */
  disconnect: [error: Error];
  /** Another one is there, for new objects. */
  connect: [];
}

/** What a new semaphore may be told. */
export interface SemaphoreOptions extends NameOptions {
  /** Whether the permits of clients that are lost come back. Default: no, as in Python. */
  recover?: boolean | undefined;
}

/** What a new barrier may be told. */
export interface BarrierOptions extends NameOptions {
  /**
   * Run by exactly one of the parties, when all have come and before any of them goes on. It belongs to this proxy and does
   * not travel: the party that comes last runs the one of its own proxy, if that has one.
   */
  action?: (() => unknown) | undefined;
  /** For waits that are given none, in ms. Belongs to this proxy, too. Default: no limit. */
  waitTimeout?: number | undefined;
}

/**
 * How a barrier is conducted by a proxy of it; `undefined` when nothing is said of that.
 *
 * @throws TypeError, RangeError on bad options
 */
export function conductOf(
  action: BarrierOptions['action'],
  waitTimeout: number | undefined,
): BarrierConduct | undefined {
  if (action !== undefined && typeof action !== 'function')
    throw new TypeError(`action must be a function, not ${action === null ? 'null' : `a ${typeof action}`}`);
  deadlineIn(waitTimeout, 'waitTimeout');
  return action === undefined && waitTimeout === undefined ? undefined : { action, timeout: waitTimeout };
}
