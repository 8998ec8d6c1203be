import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { doctor } from '@mp/cli';
import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';
import { mp } from './actor.ts';

leakCheck();

test('the doctor tries what waits and wakes, and leaves nothing behind', async () => {
  const place = mkdtempSync('/dev/shm/mp-test-doctor-');
  try {
    const directory = join(place, 'none');
    const { checks } = await doctor({ directory });
    expect(checks.map(({ name }) => name)).toEqual([
      'platform',
      'Node.js',
      '@mp',
      'directory',
      'file system',
      'free space',
      'open files',
      'memory mappings',
      'futex',
      'doorbell',
      'flock',
    ]);
    expect(checks.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
    expect(checks.find(({ name }) => name === 'flock')?.found).toMatch(
      /^the lock of a killed process came back in \d+ ms$/,
    );
    expect(readdirSync(place)).toEqual([]);
  } finally {
    rmSync(place, { recursive: true });
  }
});

test('mp doctor says what does not work, and that by its exit code', async () => {
  const well = await mp(['doctor', '--json']);
  expect([well.code, well.json.directory]).toEqual([0, process.env.MP_DIR]);
  const place = mkdtempSync('/dev/shm/mp-test-doctor-');
  try {
    const file = join(place, 'file');
    writeFileSync(file, '');
    const { code, stdout } = await mp(['doctor'], { MP_DIR: file });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^directory +failed +.*file$/m);
    expect(stdout).toMatch(/^directory: .*it is not a directory/m);
    expect(readdirSync(place)).toEqual(['file']);
  } finally {
    rmSync(place, { recursive: true });
  }
});

test('mp doctor answers also where the native part is missing', async () => {
  const { code, stdout } = await mp(['doctor'], { MP_DIR: '', MP_NATIVE: 'none' });
  expect(code).toBe(1);
  expect(stdout).toMatch(/^directory: Cannot load the native part of @mp for/m);
  expect(stdout).toMatch(/^self-test +failed/m);
});
