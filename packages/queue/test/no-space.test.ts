import { leakCheck, runInSmallFileSystem } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

test('a full segment directory is an error of put and of the constructor; the queue stays whole', () => {
  const run = runInSmallFileSystem(new URL('./fixtures/fill-up.mjs', import.meta.url), 3 << 20);
  if ('reason' in run) {
    console.warn(`NOT TESTED: a queue on a full file system, for nobody may mount one here: ${run.reason}`);
    expect(run.reason).not.toBe('');
    return;
  }
  expect(run.lines).toEqual([
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
