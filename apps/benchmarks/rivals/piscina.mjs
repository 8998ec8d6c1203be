import { Piscina } from 'piscina';

const filename = new URL('../harness/tasks.cjs', import.meta.url).href;

export function near({ workers, task }) {
  const pool = new Piscina({ filename, name: task, minThreads: workers, maxThreads: workers });
  return {
    run: (argument) => pool.run(argument),
    runFor: (ms, argument) => pool.run(argument, { signal: AbortSignal.timeout(ms) }),
    close: () => pool.destroy(),
  };
}
