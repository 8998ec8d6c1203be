import type { SyncWaitOptions, WaitOptions } from '@mp/core';
import { deadlineOf, deadlineOfSync, WAITABLE, type Waitable, waitAny, waitAnySync } from '@mp/core/internal';

/**
 * Waits until at least one of several objects is ready: a {@link Connection} with something to receive, be it the end
 * of file; a listener with a connection to accept; a process or thread that has ended; a queue with an item; an event
 * that is set; a semaphore that is free.
 *
 * It is `multiprocessing.connection.wait()` of Python. Being ready is a hint when others use the object too.
 *
 * @param objects what to wait for; with none of them it answers at once
 * @param options `timeout` in ms, 0 or less to ask only, and `signal`
 * @returns the ready ones, in the given order; none of them when the time is over
 * @throws TypeError when one of them is nothing that can be waited for, or cannot become ready: a write-only connection
 * @throws ClosedError `ERR_MP_CLOSED` when one of them was closed here
 *
 * @example
 * ```js
 * import { pipe, wait } from '@mp/pipe';
 *
 * const [a, b] = pipe();
 * const [c, d] = pipe();
 * console.log((await wait([b, d], { timeout: 10 })).length); // 0
 * await c.send('hello');
 * const [ready] = await wait([b, d]);
 * console.log(ready === d, await d.recv()); // true hello
 * for (const end of [a, b, c, d]) end.close();
 * ```
 */
export async function wait<W extends object>(objects: Iterable<W>, options?: WaitOptions): Promise<W[]> {
  const waitables = waitablesOf(objects);
  if (waitables.length > 0) return waitAny(waitables, options);
  deadlineOf(options);
  return [];
}

/**
 * Like {@link wait} but blocks the thread.
 *
 * @throws TypeError also when one becomes ready by the event loop, which a blocked thread does not turn: a process, a
 * listener, a connection over a socket
 *
 * @example
 * ```js
 * import { pipe, waitSync } from '@mp/pipe';
 *
 * const [a, b] = pipe();
 * console.log(waitSync([b], { timeout: 10 }).length); // 0
 * a.sendSync('hello');
 * console.log(waitSync([b])[0].recvSync()); // hello
 * a.close();
 * b.close();
 * ```
 */
export function waitSync<W extends object>(objects: Iterable<W>, options?: SyncWaitOptions): W[] {
  const waitables = waitablesOf(objects);
  if (waitables.length > 0) return waitAnySync(waitables, options);
  deadlineOfSync(options);
  return [];
}

function waitablesOf<W extends object>(objects: Iterable<W>): (W & Waitable)[] {
  if (typeof objects?.[Symbol.iterator] !== 'function' || typeof objects === 'string')
    throw new TypeError('objects must be an array of connections, listeners, processes, queues or events');
  const waitables = [...objects];
  waitables.forEach((object, index) => {
    if (typeof (object as Partial<Waitable> | null)?.[WAITABLE] === 'function') return;
    const found = object === null ? 'null' : `a ${object?.constructor?.name ?? typeof object}`;
    throw new TypeError(
      `objects[${index}] is ${found}, which nobody can wait for: pass connections, listeners, processes, queues or events`,
    );
  });
  return waitables as (W & Waitable)[];
}
