import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Manager, type ManagerServer } from '@mp/manager';
import { afterAll, beforeAll } from 'vitest';

/** A server in the process of the test, and a client of it, for what needs no other process. */
export function serveHere(): { readonly manager: Manager; readonly server: ManagerServer } {
  let folder: string;
  const made: { manager?: Manager; server?: ManagerServer } = {};
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mp-manager-'));
    made.server = await Manager.serve({ path: join(folder, 'socket') });
    made.manager = await Manager.connect(made.server.address);
  });
  afterAll(async () => {
    await made.manager?.close();
    await made.server?.shutdown();
    rmSync(folder, { recursive: true });
  });
  return made as { manager: Manager; server: ManagerServer };
}

/** What a promise rejects with. */
export async function errorOf(promise: PromiseLike<unknown>): Promise<Error & { code?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('It did not reject');
}

/** All that a loop yields. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
