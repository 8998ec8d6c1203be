import { Piscina } from 'piscina';

const filename = new URL('square.mjs', import.meta.url).href;

export function near({ workers }) {
  const pool = new Piscina({ filename, minThreads: workers, maxThreads: workers });
  return { run: (number) => pool.run(number), close: () => pool.destroy() };
}
