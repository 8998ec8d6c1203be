import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isMain } from '@mp/process';
import { leakCheck } from '@mp/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { KINDS, run, runKind } from './program.ts';

leakCheck();

const folder = mkdtempSync(join(tmpdir(), 'mp-main-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('isMain()', () => {
  const ANSWERS = [
    [0, true, false],
    [1, false, true],
    [2, false, true],
  ];

  it('is true in the script that was started, and in no other module and no child', async () => {
    const { lines, stderr } = await run('is-main.js');
    expect(lines).toEqual(ANSWERS);
    expect(stderr).toBe('');
  });

  it('is true when the script was named without its extension', async () => {
    expect((await run('is-main')).lines).toEqual(ANSWERS);
  });

  it('is true when the script was named by a link', async () => {
    const link = join(folder, 'link #1 to 100%.js');
    symlinkSync(fileURLToPath(new URL('fixtures/is-main.js', import.meta.url)), link);
    expect((await run(pathToFileURL(link).href)).lines).toEqual(ANSWERS);
  });

  it.each([[{}], [undefined], [null], ['text']])('refuses %o as a module', (where) => {
    expect(() => isMain(where as never)).toThrow(/isMain\(\) needs the module it is in/);
  });
});

describe.each(KINDS)('a script without a guard, in a %s', (kind) => {
  const run = runKind(kind);
  const UNGUARDED = {
    name: 'MpError',
    code: 'ERR_MP_UNGUARDED_MAIN',
    message: expect.stringContaining('isMain(import.meta)'),
  };

  it('is refused in its first child when it starts one as it is imported', async () => {
    const { lines, code, stderr } = await run('unguarded.mjs', { env: { WHEN: 'at once' } });
    expect(lines).toMatchObject(['starts at once', 'starts at once', { exitCode: 1, error: UNGUARDED }]);
    expect(code).toBe(0);
    expect(stderr).toMatch(new RegExp(`^${kind}-1:\\nMpError: Cannot start ${kind}-1:1`));
  });

  it('is refused in its first child when it starts one later in its import', async () => {
    const { lines } = await run('unguarded.mjs', { env: { WHEN: 'awaited' } });
    expect(lines).toMatchObject([
      'starts in its import',
      'starts in its import',
      { exitCode: 1, error: UNGUARDED },
    ]);
  });

  it('is refused in its first child when it starts one after its import', async () => {
    const { lines, stderr } = await run('unguarded.mjs', { env: { WHEN: 'later' } });
    expect(lines).toMatchObject([
      'starts after its import',
      'worked',
      'starts after its import',
      { exitCode: 1, error: UNGUARDED },
    ]);
    expect(stderr).toMatch(new RegExp(`^${kind}-1:$`, 'm'));
  });

  it('is none when it guards itself in another way', async () => {
    expect((await run('guarded-otherwise.mjs')).lines).toEqual(['inner', 0]);
  });
});
