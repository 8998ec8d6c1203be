import { join } from 'node:path';
import { openFile } from '../files/open-file.ts';
import { Progress } from '../files/progress.ts';
import { reasonOf } from '../files/reason.ts';
import { Turn } from '../files/turn.ts';
import { walk } from '../files/walk.ts';
import { type Findings, findingsOf } from './findings.ts';
import { Tally } from './tally.ts';

/**
 * Analyses a tree in this process alone.
 *
 * @param root a string of bytes
 * @throws the reason of the signal
 */
export async function analyseAlone(root: string, signal: AbortSignal): Promise<Findings> {
  const { files, skipped } = await walk(root, signal);
  const tally = new Tally();
  await eachFile('one process', root, files, signal, (path, number) => tally.analyse(number, path));
  return findingsOf(tally, files, skipped);
}

/**
 * Reads every file once, so that the system has them in memory for what is measured after that. Nothing is analysed: the
 * code for that is as new to this process as to a worker.
 *
 * @param root a string of bytes
 * @throws when `root` itself cannot be read, and the reason of the signal
 */
export async function readAll(root: string, signal: AbortSignal): Promise<void> {
  const { files } = await walk(root, signal);
  await eachFile('read once', root, files, signal, read);
}

function* read(path: string): Generator<void> {
  try {
    const file = openFile(path);
    if (file !== undefined) for (const _ of file.pieces) yield;
  } catch (error) {
    // What cannot be read is reported when it is analysed.
    reasonOf(error);
  }
}

/** Takes the steps of a job for every file. */
async function eachFile(
  what: string,
  root: string,
  files: readonly string[],
  signal: AbortSignal,
  job: (path: string, number: number) => Iterable<void>,
): Promise<void> {
  const turn = new Turn(signal);
  const progress = new Progress(files.length, what);
  try {
    for (let number = 0; number < files.length; number++) {
      for (const _ of job(join(root, files[number]), number)) if (turn.isOver) await turn.give();
      progress.show(number + 1);
    }
    if (files.length === 0) progress.show(0);
  } finally {
    progress.clear();
  }
}
