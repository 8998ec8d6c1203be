import { rmSync } from 'node:fs';
import { type AuthKey, type Connection, listenFor } from '@mp/pipe/internal';
import { findTask, ownTask, type TaskRef } from '@mp/process/internal';
import type { Limits } from './limits.ts';
import type { ServerInfo } from './protocol.ts';
import { Server } from './server.ts';
import type { ServerType } from './server-type.ts';
import { standardTypes } from './standard-types.ts';

/** What a program tells the server process that it starts. */
export interface HostOrder {
  readonly info: ServerInfo;
  readonly limits: Limits;
  /** For those that come with a key instead of a reference. */
  readonly authKey: AuthKey;
  /** A task that runs before the first client is served. */
  readonly init: { readonly ref: TaskRef; readonly args: readonly unknown[] } | undefined;
}

/** The task of a server process. */
export type HostTask = (connection: Connection<unknown>, order: HostOrder) => Promise<void>;

/** The life of a server process: it serves until the program that has started it closes it, or is gone. */
export async function host(
  types: ReadonlyMap<string, ServerType>,
  connection: Connection<unknown>,
  { info, limits, authKey, init }: HostOrder,
): Promise<void> {
  // Ctrl-C reaches all processes of a terminal: those that use the objects come to their end first.
  process.on('SIGINT', () => {});
  if (init !== undefined) await (await findTask(init.ref))(...init.args);
  const server = new Server({ info, types, limits, importsTasks: true });
  void server.serve(connection, false).then(() => server.close());
  try {
    const listener = await listenFor(info.address, { authKey, legacyDigest: false }, info.guestKey);
    void server.accept(listener);
    await server.closing;
  } finally {
    if ('path' in info.address) rmSync(info.address.path, { force: true });
  }
}

/** The server process of a manager that has the types of this package only. */
export const hostStandard: HostTask = ownTask(
  import.meta,
  (connection: Connection<unknown>, order: HostOrder) => host(standardTypes(), connection, order),
  { name: '@mp/manager' },
);
