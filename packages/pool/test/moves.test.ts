import { leakCheck } from '@mp/testing';
import { describe, expect, it } from 'vitest';
import { KINDS, type Kind, run } from './program.ts';

leakCheck();

async function scene(kind: Kind, name: string) {
  const { lines, stderr, code } = await run('moves.mjs', { kind, args: [name] });
  expect(code, stderr).toBe(0);
  expect(stderr).toBe('');
  expect(lines.pop()).toBe(true);
  return lines;
}

describe.each(KINDS)('move() in a pool of kind %s', (kind) => {
  it('takes arguments and items from the caller, where threads get them', async () => {
    const gone = kind === 'thread';
    expect(await scene(kind, 'arguments')).toEqual([
      gone ? 0 : 3 << 20,
      ['Uint8Array', 3 << 20, 7],
      [1, 2, 3].map((value) => ['Uint8Array', 100, value]),
      gone ? [0, 0, 0] : [100, 100, 100],
      ['Uint8Array', 5, 9],
    ]);
  });

  it('gives results to the caller', async () => {
    expect(await scene(kind, 'results')).toEqual([
      ['Uint8Array', 3 << 20, 5],
      ['1', '2,2', '3,3,3'],
      [100, 'nothing', 200],
      'result.deep',
      '4,4,4',
      9,
    ]);
  });

  it('gives each result what belongs to it, also behind one that cannot be read', async () => {
    expect(await scene(kind, 'beside what cannot be read')).toEqual([
      'ERR_MP_SERIALIZATION',
      '4,4,4',
      [0, 1, 1],
    ]);
  });
});

it('a port goes to a thread, and what cannot be moved rejects its call', async () => {
  expect(await scene('thread', 'ports and what cannot be moved')).toEqual([
    'question and answer',
    ['TypeError', 'What move() stands for cannot be given to a thread'],
    'TypeError',
    'args[0][0]',
    expect.stringContaining('was moved before'),
    expect.stringContaining('was moved before'),
    'moved',
    'ERR_MP_WORKER_DIED',
    [6, 6, 6],
  ]);
});
