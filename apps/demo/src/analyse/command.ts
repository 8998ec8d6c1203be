import { resolve } from 'node:path';
import { MpError } from '@mp/pool';
import type { Command } from '../command.ts';
import { bytePath } from '../files/byte-path.ts';
import { REPOSITORY } from '../files/repository.ts';
import { timed } from '../files/speed-up.ts';
import { treeArguments } from '../files/tree-arguments.ts';
import { interruptible } from '../interrupt.ts';
import { analyseAlone, readAll } from './alone.ts';
import { differences } from './findings.ts';
import { analyseInPool } from './in-pool.ts';
import { jsonOf, textOf } from './report.ts';

/** Looks at every file under a directory: its text, its words, and whether there is another one like it. */
export const analyse: Command = {
  usage: `npm run demo                           analyses the files of this repository, its node_modules too
npm run demo -- analyse <directory>    analyses another directory
  --json                               one JSON document on standard output, and nothing else
  --workers <number>                   processes that analyse, 1 to 1024; default: one for each processor
`,
  run: (args) => {
    const { directory = REPOSITORY, workers, values } = treeArguments(args, { json: { type: 'boolean' } });
    const job = { directory: resolve(directory), workers, json: values.json === true };
    return interruptible(
      (signal) => analyseTree(job, signal),
      () => console.error('Stopped'),
    );
  },
};

interface Job {
  directory: string;
  workers: number;
  json: boolean;
}

/**
 * Analyses a tree in this process alone, and then with a pool of processes.
 *
 * @returns the exit code
 * @throws the reason of the signal
 */
async function analyseTree({ directory, workers, json }: Job, signal: AbortSignal): Promise<number> {
  const root = bytePath(directory);
  if (!json) console.log(`analysing ${directory}`);
  try {
    await readAll(root, signal);
    const alone = await timed(() => analyseAlone(root, signal));
    const inPool = await timed(() => analyseInPool(root, workers, signal));
    const different = differences(inPool.value, alone.value);
    if (different.length > 0) {
      console.error(
        `The pool and one process found different things: ${different.join(', ')}. ` +
          'If files changed in the meantime, run it again when they do not',
      );
      return 1;
    }
    const timing = { workers, pool: inPool.seconds, alone: alone.seconds };
    console.log(json ? jsonOf(alone.value, directory, timing) : textOf(alone.value, timing));
    return 0;
  } catch (error) {
    signal.throwIfAborted();
    const { syscall, message } = error as NodeJS.ErrnoException;
    if (!(error instanceof MpError) && syscall === undefined) throw error;
    console.error(`Cannot analyse ${directory}: ${message}`);
    return 1;
  }
}
