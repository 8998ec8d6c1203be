import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';
import { run } from './program.ts';

leakCheck();

test('methods, properties, tasks and iteration of an object of a class of the program', async () => {
  const said = await run('counters.mjs', 'calls');
  expect(said).toMatchObject({
    incremented: 7,
    read: 7,
    updated: 14,
    same: true,
    piped: 15,
    items: [1, 2, 3],
    code: 0,
  });
});

test('what a method throws arrives; what is not exposed is refused; a late call rejects', async () => {
  const { thrown, unexposed, late } = await run('counters.mjs', 'errors');
  expect(thrown).toMatchObject({ name: 'RangeError', message: 'it does not count' });
  expect(unexposed.code).toBe('ERR_MP_NOT_FOUND');
  expect(unexposed.message).toContain('it exposes increment');
  expect(late.code).toBe('ERR_MP_TIMEOUT');
});

test.for(['handedOn', 'keyless'])('a proxy that is handed to a child works there: %s', async (scene) => {
  expect(await run('counters.mjs', scene)).toMatchObject({ exitCode: 0, value: 10 });
});
