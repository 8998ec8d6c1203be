import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { leakCheck, spawnFixture } from '@mp/testing';
import { afterAll, expect, it } from 'vitest';

leakCheck();

/** A project whose packages are links, as in a workspace: no package sees more than what it depends on. */
const folder = mkdtempSync(join(tmpdir(), 'mp-linked-'));
const packages = fileURLToPath(new URL('../../../packages/', import.meta.url));
mkdirSync(join(folder, 'node_modules/@mp'), { recursive: true });
for (const name of ['pool', 'process', 'queue'])
  symlinkSync(join(packages, name), join(folder, 'node_modules/@mp', name));
afterAll(() => rmSync(folder, { recursive: true }));

const TASKS = `
import { task } from '@mp/process';
export const put = task(import.meta, (queue, word) => queue.put(word));
`;
const PROGRAM = `
import { isMain, Pool } from '@mp/pool';
import { Process } from '@mp/process';
import { Queue } from '@mp/queue';
import { put } from './tasks.mjs';

if (isMain(import.meta)) {
  const queue = new Queue();
  const pool = new Pool({ workers: 1 });
  await pool.apply(put, [queue, 'by a worker']);
  pool.close();
  await pool.join();
  const child = new Process({ target: put, args: [queue, 'by a child'] });
  child.start();
  await child.join();
  console.log((await queue.getMany(2)).join(', '));
  queue.close();
}
`;

it('a queue reaches tasks whose module does not import its package', async () => {
  writeFileSync(join(folder, 'tasks.mjs'), TASKS);
  writeFileSync(join(folder, 'program.mjs'), PROGRAM);
  const program = spawnFixture(pathToFileURL(join(folder, 'program.mjs')), { env: { NODE_PATH: undefined } });
  const lines = await program.rest();
  expect(await program.exited, program.stderr).toEqual({ code: 0, signal: null });
  expect(lines).toEqual(['by a worker, by a child']);
});
