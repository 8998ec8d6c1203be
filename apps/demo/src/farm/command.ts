import { AuthenticationError, MpError } from '@mp/manager';
import { argumentsOf, wholeNumber } from '../arguments.ts';
import { type Command, UsageError } from '../command.ts';
import { interruptible } from '../interrupt.ts';
import { farmAlone } from './alone.ts';
import type { Place } from './farm.ts';
import { Master, printReport } from './master.ts';
import { work } from './worker.ts';

/** A master that gives out jobs, and workers on any machine. */
export const farm: Command = {
  usage: `npm run demo -- farm                 a master and workers on this machine, of which one is killed
  --jobs <number>                    how many jobs there are, 1 to 100; default: 12
FARM_KEY=<secret> npm run demo -- farm master
  --jobs <number>
  --host <address>                   where it listens; default: 127.0.0.1, which is for this machine only
  --port <number>                    default: 4800; 0 takes a free one
FARM_KEY=<secret> npm run demo -- farm worker <host>:<port>
`,
  run(args) {
    const [role, ...rest] = args;
    if (role === 'master') return runMaster(rest);
    if (role === 'worker') return runWorker(rest);
    return runAlone(args);
  },
};

const JOBS = { type: 'string', default: '12' } as const;
const HOST = { type: 'string', default: '127.0.0.1' } as const;
const PORT = { type: 'string', default: '4800' } as const;

function runAlone(args: readonly string[]): Promise<number> {
  const { values, positionals } = argumentsOf(args, { jobs: JOBS });
  if (positionals.length > 0)
    throw new UsageError(`A farm has no ${positionals[0]}: only a master and workers`);
  const jobs = jobsOf(values.jobs);
  return interruptible((stop) => farmAlone(jobs, stop));
}

function runMaster(args: readonly string[]): Promise<number> {
  const { values, positionals } = argumentsOf(args, { jobs: JOBS, host: HOST, port: PORT });
  if (positionals.length > 0) throw new UsageError(`Cannot understand ${positionals.join(' ')}`);
  const jobs = jobsOf(values.jobs);
  const place = { host: values.host, port: wholeNumber('--port', values.port, 0, 65_535) };
  const authKey = keyOfUser();
  return interruptible((stop) =>
    orFailure(stop, async () => {
      const master = await Master.serve(place, authKey);
      try {
        console.log(`master at ${place.host}:${master.place.port}, ${jobs} jobs wait for workers`);
        return printReport(jobs, await master.run(jobs, stop)) ? 0 : 1;
      } finally {
        await master.close();
      }
    }),
  );
}

function runWorker(args: readonly string[]): Promise<number> {
  const { positionals } = argumentsOf(args, {});
  const place = placeOf(positionals);
  const authKey = keyOfUser();
  return interruptible((stop) =>
    orFailure(stop, async () => {
      const done = await work(place, authKey, stop);
      console.log(`all jobs are done, ${done} of them here`);
      return 0;
    }),
  );
}

function jobsOf(text: string): number {
  return wholeNumber('--jobs', text, 1, 100);
}

function placeOf(positionals: readonly string[]): Place {
  const [, host, port] = /^\[?(.+?)\]?:(\d+)$/.exec(positionals[0] ?? '') ?? [];
  if (host === undefined || positionals.length > 1)
    throw new UsageError('A worker must be told where its master is, like 127.0.0.1:4800');
  return { host, port: wholeNumber('The port', port, 1, 65_535) };
}

/** The key comes by the environment: other users of the machine see the arguments of every process. */
function keyOfUser(): string {
  const { FARM_KEY } = process.env;
  if (FARM_KEY === undefined || FARM_KEY === '')
    throw new UsageError('There is no key: set FARM_KEY to a secret that the master and its workers share');
  return FARM_KEY;
}

/** What the network and the other side can do to a program is a message, and exit code 1. */
async function orFailure(stop: AbortSignal, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    stop.throwIfAborted();
    const isExpected = error instanceof MpError || (error as NodeJS.ErrnoException).syscall !== undefined;
    if (!isExpected) throw error;
    const wayOut = error instanceof AuthenticationError ? '. Set FARM_KEY to the secret of the master' : '';
    console.error((error as Error).message + wayOut);
    return 1;
  }
}
