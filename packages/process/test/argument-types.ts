// What TypeScript makes of the arguments of targets: looked at by `npm run types` alone, where each line below
// `@ts-expect-error` that is no error is one.
import { Process, Thread, task } from '@mp/process';

const greet = task(import.meta, (_name: string, _times = 1) => {});
const rest = task(import.meta, () => {});

export const fits = [
  new Process({ target: greet, args: ['Anna'] }),
  new Process({ target: greet, args: ['Anna', 2] }),
  new Thread({ target: greet, args: ['Anna'] }),
  new Process({ target: rest }),
  new Process(),
];

export const doNotFit = [
  // @ts-expect-error another type
  new Process({ target: greet, args: [1] }),
  // @ts-expect-error one too many
  new Process({ target: greet, args: ['Anna', 1, 2] }),
  // @ts-expect-error none
  new Process({ target: greet }),
  // @ts-expect-error none
  new Thread({ target: greet }),
];
