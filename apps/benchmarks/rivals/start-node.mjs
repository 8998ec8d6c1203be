import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const EMPTY = fileURLToPath(new URL('empty.cjs', import.meta.url));
const IDLE = fileURLToPath(new URL('idle.cjs', import.meta.url));

const START = {
  spawn: (file) => spawn(process.execPath, [file], { stdio: ['ignore', 'inherit', 'inherit'] }),
  fork: (file) => fork(file),
  worker: (file) => new Worker(file),
};

/** @param context `options.how`: node by itself, with the channel of `fork`, or a thread */
export function near({ options: { how } }) {
  const start = START[how];
  return {
    startAndJoin: () => once(start(EMPTY), 'exit'),
    idle(count) {
      const children = Array.from({ length: count }, () => start(IDLE));
      return () =>
        Promise.all(
          children.map((child) => {
            const ended = once(child, 'exit');
            if (how === 'worker') child.terminate();
            else child.kill();
            return ended;
          }),
        );
    },
  };
}
