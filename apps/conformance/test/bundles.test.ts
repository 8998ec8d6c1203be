import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { leakCheck, spawnFixture } from '@mp/testing';
import { type BuildOptions, build, stop } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';

leakCheck();

const folder = mkdtempSync(join(tmpdir(), 'mp-bundles-'));
const native = fileURLToPath(new URL('../../../packages/native', import.meta.url));
mkdirSync(join(folder, 'node_modules/@mp'), { recursive: true });
for (const name of ['native', 'core', 'serde', 'process', 'pool', 'queue', 'lock']) {
  symlinkSync(
    fileURLToPath(new URL(`../../../packages/${name}`, import.meta.url)),
    join(folder, 'node_modules/@mp', name),
  );
}
afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

const program = fileURLToPath(new URL('fixtures/bundled.mjs', import.meta.url));

/** Bundles the program, and runs the bundle to its end. */
async function runBundle(options: BuildOptions) {
  const { format } = options;
  const outdir = mkdtempSync(join(folder, `${format}-`));
  await build({
    entryPoints: [program],
    bundle: true,
    platform: 'node',
    logLevel: 'error',
    logOverride: { 'empty-import-meta': 'silent' },
    alias: { '@mp/native': native },
    outdir,
    outExtension: { '.js': format === 'cjs' ? '.cjs' : '.mjs' },
    ...options,
  });
  const child = spawnFixture(pathToFileURL(join(outdir, `bundled.${format === 'cjs' ? 'cjs' : 'mjs'}`)));
  const lines = await child.rest();
  const { code } = await child.exited;
  return { lines, code, stderr: child.stderr };
}

const DONE = {
  lines: [
    'Process-1 0 abab',
    'Thread-1 0 abab',
    'Process-2 0 abab',
    'Thread-2 0 abab',
    '[ 1, 55 ] [ 1, 2 ]',
    '[ false, 7 ]',
  ],
  code: 0,
  stderr: '',
};

const FORMATS: BuildOptions[] = [
  { format: 'esm' },
  { format: 'esm', minify: true },
  { format: 'esm', splitting: true, minify: true },
  { format: 'cjs' },
  { format: 'cjs', minify: true },
];

describe.each(FORMATS)('a bundle: %o', (options) => {
  it('works with @mp/native external: it is the script of its children', async () => {
    expect(await runBundle({ ...options, alias: {}, external: ['@mp/native'] })).toEqual(DONE);
  });

  it('works with all of @mp external', async () => {
    expect(await runBundle({ ...options, external: ['@mp/*'] })).toEqual(DONE);
  });

  it('with everything in it is refused, with the way out', async () => {
    const { code, stderr } = await runBundle(options);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /no binaries beside .*mp-bundles.*mark @mp\/native external .*npm install @mp\/native/,
    );
    expect(stderr).toContain("code: 'ERR_MP_NATIVE_MISSING'");
  });
});
