import { Lock } from '@mp/lock';

/*
 * Two locks as two signals: each side frees the one that the other waits for. Anybody may release a Lock. With a
 * timeout, because a thread that waits without one for a lock of its own is told that it would wait without end.
 */
const WAIT = { timeout: 30_000 };

function locks({ address, options }) {
  const there = new Lock({ name: `${address}-there` });
  const back = new Lock({ name: `${address}-back` });
  const close = () => {
    there.unlink();
    back.unlink();
  };
  return { there, back, close, blocks: options.mode === 'sync' };
}

export async function near(context) {
  const { there, back, close, blocks } = locks(context);
  there.acquireSync();
  back.acquireSync();
  await context.startProcess();
  const call = blocks
    ? () => {
        there.release();
        back.acquireSync(WAIT);
      }
    : () => {
        there.release();
        return back.acquire(WAIT);
      };
  return { call, close, blocks };
}

export function far(context) {
  const { there, back, blocks } = locks(context);
  return {
    async echo(count) {
      for (let index = 0; index < count; index++) {
        if (blocks) there.acquireSync(WAIT);
        else await there.acquire(WAIT);
        back.release();
      }
    },
  };
}
