import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { Pool } from '@mp/pool';
import { Value } from '@mp/shared';
import { pathOf } from '../files/byte-path.ts';
import { Progress } from '../files/progress.ts';
import { Turn } from '../files/turn.ts';
import { walk } from '../files/walk.ts';
import { type Findings, findingsOf } from './findings.ts';
import { Parts } from './parts.ts';
import { analyseFiles } from './tasks.ts';

/** How often the bar is drawn, in ms. */
const DRAW_MS = 50;

/** So many files are shared out at a time: their list is sent to every worker, and one record for each comes back. */
const FILES_MOST = 50_000;

/**
 * Analyses a tree with a pool of processes.
 *
 * @param root a string of bytes
 * @throws the reason of the signal; no worker is left then
 */
export async function analyseInPool(root: string, workers: number, signal: AbortSignal): Promise<Findings> {
  // Its processes start while this one walks through the tree.
  const pool = new Pool({ workers });
  const next = new Value('u32', 0, { lock: false });
  try {
    const { files, skipped } = await walk(root, signal);
    const sorted = await largestFirst(root, files, signal);
    const parts = await share(pool, { workers, next, root, files: sorted, signal });
    pool.close();
    const findings = findingsOf(parts, sorted, skipped);
    await pool.join({ signal });
    return findings;
  } catch (error) {
    await pool.terminate();
    throw error;
  } finally {
    // After the workers, so that its last user removes it, whatever became of them.
    next.close();
  }
}

interface Sharing {
  workers: number;
  /** How many files were taken. */
  next: Value<'u32'>;
  root: string;
  files: readonly string[];
  signal: AbortSignal;
}

/** Lets every worker take files until there are none. */
async function share(pool: Pool, { workers, next, root, files, signal }: Sharing): Promise<Parts> {
  const parts = new Parts();
  let first = 0;
  const progress = new Progress(files.length, `pool of ${workers} processes`);
  // What was taken last is still being read.
  const draw = () => progress.show(Math.min(first + Math.max(0, next.value - workers), files.length - 1));
  const drawing = setInterval(draw, DRAW_MS);
  try {
    for (; first < files.length; first += FILES_MOST) {
      const some = files.slice(first, first + FILES_MOST);
      const work = { root, first, files: some.join('\0'), next };
      next.value = 0;
      const serve = async () => {
        do parts.add(await pool.apply(analyseFiles, [work], { signal }));
        while (next.value < some.length);
      };
      await Promise.all(Array.from({ length: workers }, serve));
    }
    progress.show(files.length);
    return parts;
  } finally {
    clearInterval(drawing);
    progress.clear();
  }
}

/** A large file that is taken last would keep one worker busy while the others have nothing to do. */
async function largestFirst(root: string, files: readonly string[], signal: AbortSignal): Promise<string[]> {
  const turn = new Turn(signal);
  const sized: [path: string, bytes: number][] = [];
  for (const path of files) {
    if (turn.isOver) await turn.give();
    sized.push([path, sizeOf(join(root, path))]);
  }
  return sized.sort(([, a], [, b]) => b - a).map(([path]) => path);
}

function sizeOf(path: string): number {
  try {
    return lstatSync(pathOf(path)).size;
  } catch {
    // The worker that reads it will say why it cannot.
    return 0;
  }
}
