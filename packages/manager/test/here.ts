import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Manager, type ManagerServer } from '@mp/manager';
import { pipe } from '@mp/pipe';
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

/** The proxy of an object as another process gets it, which has to ask for the object first. */
export async function handedOn<T extends object>(proxy: T): Promise<T> {
  const [from, to] = pipe<T>();
  await from.send(proxy);
  const received = await to.recv();
  from.close();
  to.close();
  // The server is being asked for it.
  await new Promise((resolve) => process.nextTick(resolve));
  return received;
}

type Raw = Record<string, (...args: unknown[]) => Promise<unknown>>;

/** The methods of an object of this package's own types as the server has them, also those that no proxy calls so. */
export function rawOf(proxy: object): Raw {
  const ref = (proxy as Record<symbol, { client: { call: Calling } }>)[Symbol.for('@mp/manager/ref')];
  return new Proxy({} as Raw, {
    get:
      (_, method) =>
      (...args: readonly unknown[]) =>
        ref.client.call(ref, method as string, args).promise,
  });
}

type Calling = (target: object, method: string, args: readonly unknown[]) => { promise: Promise<unknown> };
