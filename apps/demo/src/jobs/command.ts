import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { argumentsOf, wholeNumber, workersOf } from '../arguments.ts';
import { type Command, UsageError } from '../command.ts';
import { interruptible } from '../interrupt.ts';
import { Ledger } from './ledger.ts';
import { show } from './show.ts';
import { JobStore, MOST_ATTEMPTS } from './store.ts';
import { supervise } from './supervise.ts';

/** A durable job runner. */
export const jobs: Command = {
  usage: `npm run demo -- jobs                 works on jobs while processes are killed, and counts
npm run demo -- jobs add <number>    adds jobs to a queue that outlives all processes
npm run demo -- jobs work            works on them until all are done or have failed
npm run demo -- jobs status          says how many there are
npm run demo -- jobs clear           removes them all
  --workers <number>                 processes that work, 1 to 1024; default: one for each processor
  --out <directory>                  where the outcomes are; jobs of another directory are others
`,
  run(args) {
    const { action, number, workers, directory } = parse(args);
    if (action === 'add') return add(directory, wholeNumber('The number of jobs', number, 1, 100_000));
    if (action === 'work') return work(directory, workersOf(workers));
    if (action === 'status') return status(directory);
    if (action === 'clear') return clear(directory);
    return showThem(workersOf(workers));
  },
};

/** Beside the built program's folder. */
const DIRECTORY = fileURLToPath(new URL('../out/jobs', import.meta.url));

/** How many positional arguments, and which options, stand behind each. */
const ACTIONS: Readonly<Record<string, { most: number; options: readonly string[] }>> = {
  '': { most: 0, options: ['workers'] },
  add: { most: 1, options: ['out'] },
  work: { most: 0, options: ['workers', 'out'] },
  status: { most: 0, options: ['out'] },
  clear: { most: 0, options: ['out'] },
};

function parse(args: readonly string[]) {
  const { values, positionals } = argumentsOf(args, {
    out: { type: 'string' },
    workers: { type: 'string' },
  });
  const [action = '', ...rest] = positionals;
  const known = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  const isStranger = (option: string) => known?.options.includes(option) === false;
  if (known === undefined || rest.length > known.most || Object.keys(values).some(isStranger)) {
    throw new UsageError(`Cannot understand ${args.join(' ')}`);
  }
  return { action, number: rest[0], workers: values.workers, directory: resolve(values.out ?? DIRECTORY) };
}

async function add(directory: string, count: number): Promise<number> {
  const store = await JobStore.open(directory);
  await store.add(count);
  const { added } = store.ledger.counts;
  store.close();
  console.log(`added the jobs ${added - count + 1} to ${added}`);
  return 0;
}

function work(directory: string, workers: number): Promise<number> {
  return ifThereAreJobs(directory, () =>
    interruptible(
      async (signal) => {
        const restarts = await supervise({ directory, workers, signal });
        if (restarts > 0) console.log(`${restarts} workers were killed, and others started`);
        tellOutcomes(new Ledger(directory));
        return 0;
      },
      () => console.log('interrupted; what is left waits for the next: npm run demo -- jobs work'),
    ),
  );
}

function status(directory: string): Promise<number> {
  return ifThereAreJobs(directory, async () => {
    const store = await JobStore.open(directory);
    const { waiting, ledger } = store;
    const left = tellOutcomes(ledger);
    // A job whose worker died between its outcome and its acknowledgement waits, too, and is done.
    const idle = Math.min(waiting, left);
    if (left > 0) console.log(`${idle} wait, ${left - idle} are being worked on`);
    store.close();
    return 0;
  });
}

function clear(directory: string): Promise<number> {
  return ifThereAreJobs(directory, async () => {
    if (await (await JobStore.open(directory)).remove()) return 0;
    console.error(`Cannot remove the jobs of ${directory}: another process works on them. End it first`);
    return 1;
  });
}

function showThem(workers: number): Promise<number> {
  return interruptible(
    async (signal) => ((await show(workers, signal)) ? 0 : 1),
    () => console.log('interrupted; nothing is left'),
  );
}

/** Looking must not make a queue. */
async function ifThereAreJobs(directory: string, run: () => Promise<number>): Promise<number> {
  if (new Ledger(directory).exists) return run();
  console.log(`there are no jobs in ${directory}; npm run demo -- jobs add <number> adds some`);
  return 0;
}

/** @returns how many jobs have none */
function tellOutcomes(ledger: Ledger): number {
  const { added } = ledger.counts;
  const { done, failed } = ledger.outcomes();
  console.log(`${added} jobs: ${done} done, ${failed.length} failed`);
  if (failed.length > 0) console.log(`failed in ${MOST_ATTEMPTS} attempts: ${failed.join(', ')}`);
  return added - done - failed.length;
}
