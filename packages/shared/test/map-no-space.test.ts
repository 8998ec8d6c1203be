import { leakCheck, runInSmallFileSystem } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

test('a full segment directory is an error of set, and the map stays whole', () => {
  const run = runInSmallFileSystem(new URL('./fixtures/fill-up-map.mjs', import.meta.url), 3 << 20);
  if ('reason' in run) {
    console.warn(`NOT TESTED: a map on a full file system, for nobody may mount one here: ${run.reason}`);
    return;
  }
  expect(run.lines).toEqual([
    'full: ERR_MP_NO_SPACE true',
    'large: ERR_MP_NO_SPACE',
    'intact: true',
    'small: ERR_MP_NO_SPACE true',
    'again: 1048576',
  ]);
});
