// What TypeScript makes of the arguments of tasks: looked at by `npm run types` alone, where each line below
// `@ts-expect-error` that is no error is one.
import { move, type Pool, task } from '@mp/pool';

declare const pool: Pool;
const square = task(import.meta, (x: number) => x * x);
const later = task(import.meta, async (text: string) => text.length);
const join = task(import.meta, (text: string, count: number) => text.repeat(count));
const optional = task(import.meta, (text = '') => text);
const sum = task(import.meta, (bytes: Uint8Array) => bytes.reduce((total, each) => total + each, 0));
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
  const sums: string[] = await pool.starmap(join, [
    ['x', 2],
    ['y', 3],
  ]);
  const ready = [['x', 2] as const];
  sums.push(...(await pool.starmap(join, ready)));
  const blocked: [number, number[]] = [pool.applySync(later, ['x']), pool.mapSync(square, [sums.length])];
  const moved: number = await pool.apply(sum, [move(new Uint8Array(blocked[0]))]);
  for await (const text of pool.imap(optional, ['a'])) lists[1].push(text.repeat(moved));
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
  // @ts-expect-error another type
  pool.imap(square, ['x']);
  // @ts-expect-error each item has to be all arguments
  pool.starmap(join, [['x']]);
  // @ts-expect-error another type
  pool.applySync(square, ['x']);
  // @ts-expect-error a blocking call cannot hear of a signal
  pool.applySync(square, [1], { signal: AbortSignal.timeout(1) });
  // @ts-expect-error no such option
  pool.apply(square, [1], { retry: 1 });
  // @ts-expect-error nothing that could be moved
  move('x');
}
