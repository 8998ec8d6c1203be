import { keepSpares, Process, Thread, task } from '@mp/process';

export const nothing = task(import.meta, () => {});
export const sleep = task(import.meta, () => new Promise((resolve) => setTimeout(resolve, 600_000)));

/** @param context `options.kind`: Process or Thread; `options.spares`: what is kept ready */
export async function near({ options: { kind, spares } }) {
  const Kind = { Process, Thread }[kind];
  const started = (target) => {
    const child = new Kind({ target });
    child.start();
    return child;
  };
  if (spares) {
    keepSpares(spares);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return {
    startAndJoin: () => started(nothing).join(),
    idle(count) {
      const children = Array.from({ length: count }, () => started(sleep));
      return async () => {
        for (const child of children) child.kill();
        await Promise.all(children.map((child) => child.join()));
      };
    },
    close: () => keepSpares({}),
  };
}
