// What TypeScript makes of the arguments of tasks: looked at by `npm run types` alone, where each line below
// `@ts-expect-error` that is no error is one.
import { type Pool, task } from '@mp/pool';

declare const pool: Pool;
const square = task(import.meta, (x: number) => x * x);
const later = task(import.meta, async (text: string) => text.length);
const join = task(import.meta, (text: string, count: number) => text.repeat(count));
const optional = task(import.meta, (text = '') => text);
const all = task(import.meta, (...numbers: number[]) => numbers.length);

export async function fits(): Promise<void> {
  const results: [number, number, string, string, number] = [
    await pool.apply(square, [2]),
    await pool.apply(later, ['x']),
    await pool.apply(join, ['x', 2]),
    await pool.apply(optional),
    await pool.apply(all, [1, 2, 3]),
  ];
  const lists: [number[], string[]] = [
    await pool.map(later, new Set(['a'])),
    await pool.map(optional, ['a']),
  ];
  for await (const length of pool.imapUnordered(later, ['a'])) results[0] = length + lists.length;
}

export function doesNotFit(): void {
  // @ts-expect-error another type
  pool.apply(square, ['x']);
  // @ts-expect-error one too few
  pool.apply(join, ['x']);
  // @ts-expect-error none of two
  pool.apply(join);
  // @ts-expect-error one too many
  pool.apply(square, [1, 2]);
  // @ts-expect-error another type
  pool.map(square, ['x']);
  // @ts-expect-error each item is all the arguments of one call
  pool.map(join, ['x']);
  // @ts-expect-error another type
  pool.imapUnordered(square, ['x']);
}
