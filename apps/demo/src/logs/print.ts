import { relative } from 'node:path';
import type { Found } from './pipeline.ts';

/** So many words and packages are shown. */
const SHOWN = 5;

/** A string of bytes for people. */
export function textOf(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString();
}

/** Shows what was found, and what each part of the pipeline did. */
export function print(found: Found, report: string, seconds: number): void {
  const { totals, unreadable, packages, works, firstWords } = found;
  console.log(
    `${totals.files} logs in ${seconds.toFixed(2)} s: ${totals.lines} lines, ${totals.bytes} bytes, ${totals.entries} entries`,
  );
  for (const { path, problem } of unreadable) console.log(`cannot be read: ${textOf(path)}: ${problem}`);
  console.log(`most changes begin with: ${listOf(mostFrequent(firstWords))}`);
  console.log(`most entries: ${listOf(packages.map(([name, { entries }]) => [textOf(name), entries]))}`);
  const rows = {
    queue: `handed out ${found.handedOut} names; the walk waited ${found.waits} times, as enough were there`,
    pool: `${works.length} workers read ${works.map(({ files }) => files).join(' + ')} logs`,
    shared: `an array has the totals, a map ${firstWords.length} first words`,
    lock: `kept ${totals.files + unreadable.length} blocks of lines whole in ${relative(process.cwd(), report) || report}`,
    pipe: `${found.messages} messages of progress`,
    manager: `${packages.length} packages in a server, also for: npm run demo -- logs --watch`,
  };
  for (const [part, did] of Object.entries(rows)) console.log(`${part.padEnd(8)} ${did}`);
}

/** That with the largest number first, equal ones in the order of their letters. */
function mostFrequent(words: readonly [word: string, count: number][]): [word: string, count: number][] {
  return [...words].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}

function listOf(counts: readonly [name: string, count: number][]): string {
  const shown = counts.slice(0, SHOWN).map(([name, count]) => `${name} ${count}`);
  return shown.join(', ') || 'none';
}
