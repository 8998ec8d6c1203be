import { nameOf } from '../files/byte-path.ts';
import { comparisonOf, speedOf } from '../files/speed-up.ts';
import type { Duplicates } from './duplicates.ts';
import type { Findings } from './findings.ts';

/** So many sets of equal files are shown to people. */
const SHOWN_SETS = 5;

/** How long it took, in seconds, the start and the end of the pool included. */
export interface Timing {
  workers: number;
  pool: number;
  alone: number;
}

/** For people. */
export function textOf(findings: Findings, { workers, pool, alone }: Timing): string {
  const { text, frequentWords, duplicates } = findings;
  const { count, wastedBytes } = sumOf(duplicates);
  const sums = { files: findings.files, bytes: findings.bytes };
  return [
    `${findings.files} files, ${findings.bytes} bytes; compressed, each by itself, they would take ${findings.compressedBytes}`,
    `${text.files} text files: ${text.lines} lines, ${text.characters} characters, ${text.words} words, ${text.bytes} bytes`,
    `most frequent words: ${frequentWords.map((each) => `${each.word} ${each.count}`).join(', ')}`,
    `${duplicates.length} contents stand in more than one file: ${count} files, ${wastedBytes} bytes wasted`,
    ...duplicates.slice(0, SHOWN_SETS).map(setOf),
    ...skippedOf(findings),
    `one process: ${speedOf(alone, sums)}`,
    `pool of ${workers} processes, their start included: ${speedOf(pool, sums)}`,
    comparisonOf(pool, alone),
  ].join('\n');
}

/** For machines: one document. */
export function jsonOf(findings: Findings, directory: string, { workers, pool, alone }: Timing): string {
  const { files, bytes, compressedBytes, text, frequentWords, duplicates, skipped } = findings;
  return JSON.stringify({
    directory,
    files,
    bytes,
    compressedBytes,
    text,
    frequentWords,
    duplicates: {
      wastedBytes: sumOf(duplicates).wastedBytes,
      sets: duplicates.map((each) => ({ ...each, files: each.files.map(nameOf) })),
    },
    skipped: skipped.map(({ path, reason }) => ({ path: nameOf(path), reason })),
    workers,
    seconds: { pool, oneProcess: alone },
    speedUp: alone / pool,
  });
}

function setOf({ files, bytes, wastedBytes }: Duplicates): string {
  const [first, ...others] = files.map(shown);
  return `  ${wastedBytes} bytes: ${files.length} files of ${bytes}, like ${first} and ${others[0]}`;
}

function skippedOf({ skipped }: Findings): string[] {
  const reasons = new Map<string, number>();
  for (const { reason } of skipped) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  return [...reasons].sort().map(([reason, count]) => `skipped: ${count} ${reason}`);
}

function sumOf(duplicates: readonly Duplicates[]): { count: number; wastedBytes: number } {
  let count = 0;
  let wastedBytes = 0;
  for (const each of duplicates) {
    count += each.files.length;
    wastedBytes += each.wastedBytes;
  }
  return { count, wastedBytes };
}

/** A name must not be able to command the terminal. */
function shown(path: string): string {
  return nameOf(path).replace(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
