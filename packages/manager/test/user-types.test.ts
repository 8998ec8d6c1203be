import { defineManager } from '@mp/manager';
import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';
import { run } from './program.ts';

leakCheck();

test('MGR-1: a proxy has what is exposed, errors of methods arrive, a generator is iterated over', async () => {
  const { foo, bar, baz, later, notIterable, code } = await run('foobar.mjs', 'types');
  expect(foo).toEqual([
    'f()',
    { name: 'RangeError', message: 'g() does not work' },
    expect.objectContaining({ code: 'ERR_MP_NOT_FOUND' }),
  ]);
  expect(bar).toEqual(['f()', '_h()', expect.objectContaining({ code: 'ERR_MP_NOT_FOUND' })]);
  expect(baz).toEqual([0, 1, 4, 9, 16, 25, 36, 49, 64, 81]);
  expect([later, notIterable.code, code]).toEqual([[1, 2], 'ERR_MP_NOT_FOUND', 0]);
});

test('what JavaScript itself knows of an object is not for clients', async () => {
  const refused = await run('foobar.mjs', 'refused');
  const names = ['constructor', '__proto__', 'hasOwnProperty', 'toString', 'hidden'];
  expect(refused.own).toEqual(names.map((name) => [name, 'ERR_MP_NOT_FOUND']));
  for (const name of ['get hidden', 'get __proto__', 'set constructor'])
    expect([name, refused[name]]).toEqual([name, 'ERR_MP_NOT_FOUND']);
  expect([refused['set rename'], refused.isNoPromise, refused.assigned.name]).toEqual([
    'TypeError',
    true,
    'TypeError',
  ]);
  expect(refused.create).toMatchObject({
    name: 'TypeError',
    message: expect.stringContaining('not a number'),
  });
});

test('an object that a method gives is a proxy, the same one each time; arrays and plain objects are hosted too', async () => {
  expect(await run('foobar.mjs', 'objects')).toMatchObject({
    name: 'A',
    same: true,
    self: true,
    chained: 'C',
    names: ['AA', 'C'],
    known: [true, false, true],
    planted: true,
    plain: 1,
    items: [40, 41],
  });
});

test('within() a manager: objects of own types by name, with a timeout or a signal', async () => {
  expect(await run('foobar.mjs', 'within')).toMatchObject({
    own: true,
    same: true,
    names: ['first', 'third'],
    pipelined: 'first',
    otherType: { code: 'ERR_MP_MISMATCH' },
    unlinked: true,
    late: { code: 'ERR_MP_TIMEOUT' },
    aborted: { name: 'RangeError' },
    wrong: ['TypeError', 'TypeError', 'TypeError', 'TypeError'],
    code: 0,
  });
});

test('a client that gives up aborts the signal of the call', async () => {
  expect(await run('foobar.mjs', 'cancelled')).toMatchObject({
    late: 'ERR_MP_TIMEOUT',
    reason: 'RangeError',
    seen: 2,
  });
});

test('definitions that are none', () => {
  const define = (types: unknown) => () => defineManager(import.meta, types as never, { name: 'wrong' });
  const create = () => new Map();
  for (const name of ['constructor', '__proto__', 'then', 'a-b', 'dict', 'close', 'stats'])
    expect(define({ [name]: { create, expose: ['get'] } })).toThrow(TypeError);
  for (const expose of [
    [],
    ['constructor'],
    ['__proto__'],
    ['then'],
    ['toJSON'],
    [7],
    [Symbol('x')],
    ['@@x'],
    'get',
  ])
    expect(define({ A: { create, expose } })).toThrow(TypeError);
  expect(define({ A: { expose: ['get'] } })).toThrow(TypeError);
  expect(define({ A: undefined })).toThrow(TypeError);
  expect(define({ A: { create, expose: ['get'], class: () => 1 } })).toThrow(TypeError);
});
