import { Event, Lock, Semaphore } from '@mp/lock';

/** With a timeout, because a thread that waits without one for a lock of its own is told that it would wait without end. */
const WAIT = { timeout: 30_000 };

/** @param options `kind`: 'Lock' or 'Semaphore', held at first; `mode`: 'sync' or 'await' */
function signals({ address, options }) {
  const make = (name) => (options.kind === 'Lock' ? new Lock({ name }) : new Semaphore(0, { name }));
  const there = make(`${address}-there`);
  const back = make(`${address}-back`);
  const done = new Event({ name: `${address}-done` });
  return { there, back, done, blocks: options.mode === 'sync' };
}

export function near(context) {
  const { there, back, done, blocks } = signals(context);
  // A semaphore begins without a permit.
  if (context.options.kind === 'Lock') for (const lock of [there, back]) lock.acquireSync();
  return {
    blocks,
    call: blocks
      ? () => {
          there.release();
          back.acquireSync(WAIT);
        }
      : () => {
          there.release();
          return back.acquire(WAIT);
        },
    /** Lets the waiters go. */
    end() {
      done.set();
      there.release();
    },
    close: () => {
      for (const each of [there, back, done]) each.unlink();
    },
  };
}

export function far(context) {
  const { there, back, done, blocks } = signals(context);
  return {
    async echo() {
      for (;;) {
        if (blocks) there.acquireSync(WAIT);
        else await there.acquire(WAIT);
        if (done.isSet) break;
        back.release();
      }
      there.release();
    },
  };
}
