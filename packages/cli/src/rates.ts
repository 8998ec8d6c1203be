import type { Counters, Rates, Snapshot } from './report.ts';

/** Counts are kept modulo 2³⁰ or 2³¹: of a difference, at least so many bits are right. */
const COUNT_BITS = 0x3fffffff;

/**
 * How fast the counters of each object grow.
 *
 * @param previous an earlier snapshot
 * @param next a later one
 * @returns growth per second, by the file of the object and the name of the counter; an object that is new has no entry
 *
 * @example
 * ```js
 * import { rates, snapshot } from '@mp/cli';
 * import { setTimeout } from 'node:timers/promises';
 *
 * const before = snapshot();
 * await setTimeout(100);
 * for (const [file, { puts }] of rates(before, snapshot())) console.log(file, puts);
 * ```
 */
export function rates(previous: Snapshot, next: Snapshot): Map<string, Rates> {
  const seconds = (next.at - previous.at) / 1000;
  const before = new Map(previous.objects.map((object) => [object.file, object]));
  const found = new Map<string, Rates>();
  for (const { file, created, counters } of next.objects) {
    const known = before.get(file);
    // A name may be another object's by now.
    if (known === undefined || known.created !== created || seconds <= 0) continue;
    found.set(file, growth(known.counters, counters, seconds));
  }
  return found;
}

function growth(before: Counters, now: Counters, seconds: number): Rates {
  return Object.fromEntries(
    Object.keys(now).map((key) => [key, difference(before[key] ?? now[key], now[key]) / seconds]),
  );
}

function difference(before: number, now: number): number {
  const grown = now - before;
  if (grown >= 0) return grown;
  // Beyond a word nothing is counted modulo anything: then it was torn.
  return before < 2 ** 31 ? grown & COUNT_BITS : 0;
}
