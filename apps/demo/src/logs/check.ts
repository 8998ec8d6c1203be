import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import type { Found } from './pipeline.ts';

/** Of the files on standard input, each with a line end behind it, so that the last line of one does not go on in the next. */
const ALL_LINES = `xargs -0 -r sh -c 'for file do zcat -- "$file"; echo; done' sh`;
const TOTALS = `xargs -0 -r sh -c 'for file do zcat -- "$file"; done' sh | wc -lc`;
const FIRST_WORDS = `${ALL_LINES} | sed -nE 's/^[ \\t]*\\*[ \\t]+([A-Za-z]+).*/\\1/p' | tr A-Z a-z | sort | uniq -c`;
const ENTRIES = `xargs -0 -r sh -c 'for file do zcat -- "$file" | grep -acE "^[a-z0-9][a-z0-9.+-]* \\([^()]+\\) [^;]*; *urgency="; done' sh`;

/**
 * Counts everything again with `zcat`, `wc`, `sed`, `sort`, `uniq` and `grep`, one process after the other.
 *
 * @returns what differs, one line each
 */
export function differences(root: string, found: Found): string[] {
  const { read, totals } = found;
  const input = Buffer.from(read.map((path) => `${join(root, path)}\0`).join(''), 'latin1');
  const [lines, bytes] = run(TOTALS, input).trim().split(/ +/);
  const entries = linesOf(run(ENTRIES, input));
  const byPackage = new Map<string, number>();
  read.forEach((path, index) => {
    const name = dirname(path);
    byPackage.set(name, (byPackage.get(name) ?? 0) + Number(entries[index]));
  });
  const words = linesOf(run(FIRST_WORDS, input)).map((line) => line.trim().split(' ').reverse().join(' '));
  return [
    ...differing('files', [String(totals.files)], [String(read.length)]),
    ...differing('lines', [String(totals.lines)], [lines]),
    ...differing('bytes', [String(totals.bytes)], [bytes]),
    ...differing(
      'entries',
      [String(totals.entries)],
      [String(entries.reduce((sum, n) => sum + Number(n), 0))],
    ),
    ...differing(
      'entries of packages',
      found.packages.map(([name, logs]) => `${name} ${logs.entries}`),
      [...byPackage].map(([name, count]) => `${name} ${count}`),
    ),
    ...differing(
      'first words',
      found.firstWords.map(([word, count]) => `${word} ${count}`),
      words,
    ),
  ];
}

function differing(what: string, ours: readonly string[], theirs: readonly string[]): string[] {
  const [here, there] = [new Set(ours), new Set(theirs)];
  return [
    ...ours.filter((each) => !there.has(each)).map((each) => `${what}: ${each} only here`),
    ...theirs.filter((each) => !here.has(each)).map((each) => `${what}: ${each} only by zcat`),
  ];
}

function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

/** @throws Error when the shell cannot be run */
function run(script: string, input: Buffer): string {
  // Byte by byte, as the workers count.
  const env = { ...process.env, LC_ALL: 'C' };
  const { stdout, error } = spawnSync('sh', ['-c', script], {
    env,
    input,
    encoding: 'latin1',
    maxBuffer: 1 << 30,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (error !== undefined) throw error;
  return stdout;
}
