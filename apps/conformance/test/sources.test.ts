import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { leakCheck, spawnFixture } from '@mp/testing';
import { build, stop } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';

leakCheck();

const folder = mkdtempSync(join(tmpdir(), 'mp-sources-'));
symlinkSync(fileURLToPath(new URL('../node_modules', import.meta.url)), join(folder, 'node_modules'));
afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

const source = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

/** Runs a program to its end. @returns its lines */
async function run(path: string, execArgv: string[] = []) {
  const program = spawnFixture(pathToFileURL(path), { execArgv });
  const lines = await program.rest();
  const { code } = await program.exited;
  return { lines, code, stderr: program.stderr };
}

const DONE = { lines: ['ProcessProcess', 'ThreadThread', 'ababab'], code: 0, stderr: '' };

describe('tasks are found in children', () => {
  it('from TypeScript, by the loader that their parent runs under', async () => {
    expect(await run(source('tasks.ts'), ['--import', import.meta.resolve('tsx')])).toEqual(DONE);
  });

  it('from TypeScript, by Node itself where it strips types; elsewhere it says that it cannot', async () => {
    if ((process.features as { typescript?: unknown }).typescript) {
      const { stderr, ...said } = await run(source('tasks.ts'));
      expect({
        ...said,
        stderr: stderr.replace(/^.*ExperimentalWarning: Type Stripping.*\n.*--trace-warnings.*\n/gm, ''),
      }).toEqual(DONE);
    } else {
      const { code, stderr } = await run(source('tasks.ts'));
      expect(code).toBe(1);
      expect(stderr).toMatch(/ERR_UNKNOWN_FILE_EXTENSION/);
    }
  });

  it('from TypeScript, when their parent has flags that no thread may be given', async () => {
    const flags = ['--expose-gc', '--max-old-space-size=500', '--import', import.meta.resolve('tsx')];
    expect(await run(source('tasks.ts'), flags)).toEqual(DONE);
  });

  it('from a bundle of ES modules', async () => {
    const outfile = join(folder, 'bundle.mjs');
    const options = { bundle: true, platform: 'node', packages: 'external', logLevel: 'error' } as const;
    await build({ ...options, entryPoints: [source('tasks.ts')], format: 'esm', outfile, minify: true });
    expect(await run(outfile)).toEqual(DONE);
  });

  it('from a bundle in CommonJS, by the URL of its file', async () => {
    const outfile = join(folder, 'bundle.cjs');
    const options = { bundle: true, platform: 'node', packages: 'external', logLevel: 'error' } as const;
    await build({ ...options, entryPoints: [source('script.cjs')], format: 'cjs', outfile });
    expect(await run(outfile)).toEqual({ lines: ['2 4 6'], code: 0, stderr: '' });
    expect(await run(source('script.cjs'))).toEqual({ lines: ['2 4 6'], code: 0, stderr: '' });
  });

  it('not from a bundle in CommonJS that has an empty import.meta: task() says so', async () => {
    const outfile = join(folder, 'empty.cjs');
    const contents = "import { task } from '@mp/process'; task(import.meta, () => {});";
    await build({
      stdin: { contents, resolveDir: folder },
      bundle: true,
      platform: 'node',
      packages: 'external',
      format: 'cjs',
      logLevel: 'silent',
      outfile,
    });
    const { code, stderr } = await run(outfile);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /TypeError: A task needs the module it is in: .*an empty import\.meta \(is this a bundle/,
    );
  });
});
