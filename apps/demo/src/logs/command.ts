import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MpError } from '@mp/pool';
import { argumentsOf, workersOf } from '../arguments.ts';
import { type Command, UsageError } from '../command.ts';
import { bytePath } from '../files/byte-path.ts';
import { interruptible } from '../interrupt.ts';
import { differences } from './check.ts';
import { findLogs } from './find-logs.ts';
import { type Found, readAll } from './pipeline.ts';
import { print } from './print.ts';
import { Progress } from './progress.ts';
import { watch } from './watch.ts';

/** A parallel pipeline over compressed logs. */
export const logs: Command = {
  usage: `npm run demo -- logs                 reads every changelog*.gz of the system's documentation
npm run demo -- logs <directory>     reads those of another directory
npm run demo -- logs --watch         shows how far a run is that another terminal has started
  --check                            counts again with zcat, sort and others, and compares
  --out <file>                       where the report goes: a block of lines for each log
  --workers <number>                 processes that read, 1 to 1024; default: one for each processor
`,
  run(args) {
    const { values, positionals } = parse(args);
    if (values.watch) return watchNewest();
    return readLogs({
      directory: resolve(positionals[0] ?? DIRECTORY),
      out: resolve(values.out ?? OUT),
      workers: workersOf(values.workers),
      check: values.check === true,
    });
  },
};

const DIRECTORY = '/usr/share/doc';
/** Beside the built program's folder. */
const OUT = fileURLToPath(new URL('../out/logs.txt', import.meta.url));

function parse(args: readonly string[]) {
  const parsed = argumentsOf(args, {
    check: { type: 'boolean' },
    out: { type: 'string' },
    watch: { type: 'boolean' },
    workers: { type: 'string' },
  });
  const { values, positionals } = parsed;
  const isAlone = args.length === 1;
  if (positionals[0] === '' || positionals.length > 1 || (values.watch && !isAlone)) {
    throw new UsageError(`Cannot understand ${args.join(' ')}`);
  }
  return parsed;
}

interface LogsOptions {
  directory: string;
  out: string;
  workers: number;
  check: boolean;
}

/** @returns the exit code */
async function readLogs(options: LogsOptions): Promise<number> {
  const { directory, out, workers } = options;
  const root = bytePath(directory);
  const files = findLogs(root);
  let first: IteratorResult<string, void>;
  try {
    first = files.next();
  } catch (error) {
    console.error(`Cannot read the logs of ${directory}: ${(error as Error).message}`);
    return 1;
  }
  if (first.done) {
    console.error(
      `There is no changelog*.gz below ${directory}. Name a directory that has some: npm run demo -- logs <directory>`,
    );
    return 1;
  }
  try {
    prepare(out);
  } catch (error) {
    console.error(`Cannot write ${out}: ${(error as Error).message}`);
    return 1;
  }
  console.log(`reading the logs of ${directory} with ${workers} workers`);
  return interruptible(
    (signal) => run(options, root, restOf(first.value as string, files), signal),
    () => console.log('interrupted: the rest was not read'),
  );
}

async function run(
  { directory, out, workers, check }: LogsOptions,
  root: string,
  files: Iterable<string>,
  signal: AbortSignal,
): Promise<number> {
  const progress = new Progress();
  const since = performance.now();
  let found: Found;
  try {
    found = await readAll({ root, files, workers, report: out, progress, signal });
  } catch (error) {
    if (!(error instanceof MpError)) throw error;
    console.error(`Cannot read the logs of ${directory}: ${error.message}`);
    signal.throwIfAborted();
    return 1;
  } finally {
    progress.end();
  }
  print(found, out, (performance.now() - since) / 1000);
  signal.throwIfAborted();
  return check ? compare(root, found) : 0;
}

/** @returns the exit code */
function compare(root: string, found: Found): number {
  const differing = differences(root, found);
  for (const difference of differing) console.error(difference);
  if (differing.length === 0) console.log('checked: zcat, wc, sed, sort, uniq and grep count the same');
  return differing.length === 0 ? 0 : 1;
}

async function watchNewest(): Promise<number> {
  if (await watch()) return 0;
  console.error('There is no run to watch. Start one in another terminal: npm run demo -- logs');
  return 1;
}

/** Makes sure that there will be a report. Only our own folder is made: one that the user names is there, or mistyped. */
function prepare(out: string): void {
  if (out === OUT) mkdirSync(dirname(out), { recursive: true });
  closeSync(openSync(out, 'w'));
}

function* restOf(first: string, files: Iterable<string>): Generator<string, void, undefined> {
  yield first;
  yield* files;
}
