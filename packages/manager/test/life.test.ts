import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';
import { run } from './program.ts';

leakCheck();

const MiB = 1 << 20;

test.each([
  ['close()', 'closed'],
  ['using', 'disposed'],
  ['the garbage collector', 'collected'],
])(
  '100,000 objects that %s lets go of leave the server as it was',
  async (_, scene) => {
    const { objects, grown, code } = await run('life.mjs', scene, { execArgv: ['--expose-gc'] });
    expect(objects[1]).toBe(objects[0]);
    // An object is some hundred bytes: all of them would be tens of MiB.
    expect(grown).toBeLessThan(8 * MiB);
    expect(code).toBe(0);
  },
  120_000,
);

test('a proxy that is handed on, by whatever carries messages, works where it arrives', async () => {
  expect(await run('life.mjs', 'handedOn')).toMatchObject({
    isRead: true,
    items: ['first', 'by an argument', 'by a thread', 'by a pool', 'by a pipe', 'by a queue'],
    objects: 1,
    code: 0,
    stderr: '',
  });
});

test('an object stays while a message with it is on its way, and goes with the last receiver', async () => {
  expect(await run('life.mjs', 'onItsWay')).toMatchObject({
    onTheWay: 1,
    kept: [['first', 'x'], false],
    still: 2,
    objects: 0,
    code: 0,
  });
});
