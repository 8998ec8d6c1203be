import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { MpError, Pool } from '@mp/pool';
import type { Command } from '../command.ts';
import { bytePath } from '../files/byte-path.ts';
import { Progress } from '../files/progress.ts';
import { REPOSITORY } from '../files/repository.ts';
import { comparisonOf, speedOf, type Timed, timed } from '../files/speed-up.ts';
import { type TreeArguments, treeArguments } from '../files/tree-arguments.ts';
import { type Walk, walk } from '../files/walk.ts';
import { countFiles } from './tasks.ts';
import { type Count, countFile } from './text.ts';

/** Counts lines and characters of every text file under a directory. */
export const count: Command = {
  usage: `npm run demo -- count                counts the text of this repository's node_modules
npm run demo -- count <directory>    counts the text of another directory
  --out <file>                       where the table goes: path, lines, characters
  --workers <number>                 processes that count, 1 to 1024; default: one for each processor
`,
  run: (args) => countText(treeArguments(args, { out: { type: 'string' } })),
};

const DIRECTORY = join(REPOSITORY, 'node_modules');
const OUT = join(REPOSITORY, 'apps/demo/out/count.tsv');

/** Files that travel to a worker together: enough to make the message cheap, few enough to share evenly. */
const BATCH = 64;

/**
 * Counts lines and characters of every text file under a directory, with a pool of processes and then in this
 * process alone, and writes the table.
 *
 * @returns the exit code
 */
async function countText(asked: TreeArguments<{ out: { type: 'string' } }>): Promise<number> {
  const { workers } = asked;
  const directory = resolve(asked.directory ?? DIRECTORY);
  const root = bytePath(directory);
  const out = resolve(asked.values.out ?? OUT);
  let found: Walk;
  try {
    found = await walk(root);
  } catch (error) {
    console.error(`Cannot count ${directory}: ${(error as Error).message}`);
    return 1;
  }
  try {
    // Known before the work is done, and after the walk: it may lie in the directory.
    prepare(out);
  } catch (error) {
    console.error(`Cannot write ${out}: ${(error as Error).message}`);
    return 1;
  }
  console.log(`${found.files.length} files under ${directory}`);
  // Once through everything first, so that neither way has to fetch the files from the disk.
  for (const path of found.files) countFile(join(root, path));

  let together: Timed<Count[]>;
  try {
    together = await timed(() => countWithPool(root, found.files, workers));
  } catch (error) {
    if (!(error instanceof MpError)) throw error;
    console.error(`Cannot count with the pool: ${error.message}`);
    return 1;
  }
  const alone = await timed(() => found.files.map((path) => countFile(join(root, path))));
  const report = summarize(found, together.value);
  write(out, report);
  print(report, out, workers, together.seconds, alone.seconds);
  return 0;
}

async function countWithPool(root: string, files: readonly string[], workers: number): Promise<Count[]> {
  const counts: Count[] = new Array(files.length);
  const progress = new Progress(files.length);
  const pool = new Pool({ workers });
  let done = 0;
  try {
    const batches: Promise<void>[] = [];
    for (let from = 0; from < files.length; from += BATCH) {
      const paths = files.slice(from, from + BATCH);
      const result = pool.apply(countFiles, [[root, paths]]);
      batches.push(
        result.then((part) => {
          for (let index = 0; index < part.length; index++) counts[from + index] = part[index];
          progress.show((done += part.length));
        }),
      );
    }
    await Promise.all(batches);
    pool.close();
    await pool.join();
    return counts;
  } catch (error) {
    await pool.terminate();
    throw error;
  }
}

interface Report {
  lines: string[];
  skipped: string[];
  reasons: Map<string, number>;
  totals: { files: number; lines: number; chars: number; bytes: number };
}

function summarize({ files, skipped }: Walk, counts: readonly Count[]): Report {
  const totals = { files: 0, lines: 0, chars: 0, bytes: 0 };
  const table: [path: string, rest: string][] = [];
  const left = skipped.map(({ path, reason }) => [path, reason] as [string, string]);
  counts.forEach((count, index) => {
    if ('skipped' in count) {
      left.push([files[index], count.skipped]);
      return;
    }
    table.push([files[index], `${count.lines}\t${count.chars}`]);
    totals.files++;
    totals.lines += count.lines;
    totals.chars += count.chars;
    totals.bytes += count.bytes;
  });
  const reasons = new Map<string, number>();
  for (const [, reason] of left) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  return { lines: sorted(table), skipped: sorted(left), reasons, totals };
}

/** In the order of their bytes, as `sort` and Python have it. A tab or line end in a name must not break the table. */
function sorted(rows: [path: string, rest: string][]): string[] {
  return rows
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([path, rest]) => `${escaped(path)}\t${rest}\n`);
}

function escaped(path: string): string {
  return path.replace(
    /[\\\t\n\r]/g,
    (c) => ({ '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' })[c] as string,
  );
}

/** Makes sure that there will be a table. Only our own folder is made: one that the user names is there, or mistyped. */
function prepare(out: string): void {
  if (out === OUT) mkdirSync(dirname(out), { recursive: true });
  for (const path of [out, `${out}.skipped`]) closeSync(openSync(path, 'a'));
}

function write(out: string, { lines, skipped }: Report): void {
  writeFileSync(out, lines.join(''), 'latin1');
  writeFileSync(`${out}.skipped`, skipped.join(''), 'latin1');
}

function print({ totals, reasons }: Report, out: string, workers: number, pool: number, alone: number): void {
  const { files, lines, chars, bytes } = totals;
  console.log(`${files} text files: ${lines} lines, ${chars} characters, ${bytes} bytes`);
  for (const [reason, count] of [...reasons].sort()) console.log(`skipped: ${count} ${reason}`);
  console.log(`pool of ${workers} processes, their start included: ${speedOf(pool, totals)}`);
  console.log(`one process: ${speedOf(alone, totals)}`);
  console.log(comparisonOf(pool, alone));
  console.log(`table: ${relative(process.cwd(), out) || out}`);
}
