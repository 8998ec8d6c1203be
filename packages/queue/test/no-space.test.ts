import { leakCheck, runInSmallFileSystem } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

/** What `program` says in a small file system; nothing where nobody may mount one. */
function linesOf(program: string): string[] | undefined {
  const run = runInSmallFileSystem(new URL(`./fixtures/${program}`, import.meta.url), 3 << 20);
  if (!('reason' in run)) return run.lines;
  console.warn(`NOT TESTED: a queue on a full file system, for nobody may mount one here: ${run.reason}`);
  expect(run.reason).not.toBe('');
  return undefined;
}

test('a full segment directory is an error of put and of the constructor; the queue stays whole', () => {
  const lines = linesOf('fill-up.mjs');
  if (lines === undefined) return;
  expect(lines).toEqual([
    'growing: ERR_MP_NO_SPACE true true',
    'large: ERR_MP_NO_SPACE true',
    'another queue: ERR_MP_NO_SPACE true',
    'files: true',
    expect.stringMatching(/^async: (done|ERR_MP_NO_SPACE)$/),
    'intact: true',
    'put again: done',
    'got again: true',
  ]);
});

test('leases, and queues that sort, stay usable when the segment directory is full', () => {
  const lines = linesOf('fill-up-store.mjs');
  if (lines === undefined) return;
  // Without space nothing can be sorted: then it goes by the order of arrival.
  const latestFirst = (name: string) => [
    `${name} without a store: ERR_MP_NO_SPACE 301 0 1`,
    `${name} with space again: 300 1 298`,
    `${name} with a store: false 1`,
    `${name} delivered: 998 true`,
    `${name} afterwards: 3 2 1`,
  ];
  expect(lines).toEqual([
    'Queue without a store: ERR_MP_NO_SPACE 301 0 1',
    'Queue with space again: 2 1 298',
    'Queue with a store: true 2',
    'Queue delivered: 998 true',
    'Queue afterwards: 1 2 3',
    ...latestFirst('LifoQueue'),
    ...latestFirst('PriorityQueue'),
    'JoinableQueue: true ERR_MP_NO_SPACE 400 400',
  ]);
});

test('rings that grow take what fits: less than a tenth of the directory is left when a put is refused', () => {
  const lines = linesOf('fill-up-most.mjs');
  if (lines === undefined) return;
  expect(lines).toEqual(['Queue: ERR_MP_NO_SPACE true', 'LifoQueue: ERR_MP_NO_SPACE true']);
});
