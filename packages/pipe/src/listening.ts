import type { Server } from 'node:net';
import { pathOf, randomName, singleton, thisAgent } from '@mp/core/internal';
import { type Address, addressError, checkAddress, titleOf } from './address.ts';

/**
 * A path for a Unix socket in the directory of the segments, which is this user's alone. By its name it belongs to the
 * file of this thread's agent, so that the sweep removes it when this thread was killed.
 */
export function privateAddress(): Address {
  return checkAddress({ path: pathOf(`a-${thisAgent().id}+${randomName()}`) });
}

/**
 * Begins to listen. The caller has to let an `Acceptor` take the server over at once, or it accepts by itself.
 *
 * @param guarded whether clients must have a key: without one, only this machine may come
 * @param create makes the server
 * @returns the server, and where it listens
 */
export async function listenOn(
  address: Address,
  backlog: number,
  guarded: boolean,
  create: () => Promise<Server> = createSocketServer,
): Promise<{ server: Server; address: Address }> {
  const server = await create();
  const where = 'path' in address ? address : { ...address, host: await numberOf(address.host, address) };
  if ('host' in where && !guarded && !isThisMachine(where.host)) {
    throw new TypeError(
      `Cannot listen on ${titleOf(where)} without an authKey: other machines could connect. Pass { authKey }, or listen on 127.0.0.1`,
    );
  }
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      // Not shared with the other workers of a cluster.
      server.listen({ ...where, backlog, exclusive: true }, resolve);
    });
  } catch (error) {
    throw addressError('listen on', where, error, await hintFor(where, error));
  }
  server.removeAllListeners('error');
  closeAtExit(server);
  const found = server.address();
  if (found === null || typeof found === 'string') return { server, address: where };
  return { server, address: { host: found.address, port: found.port } };
}

async function createSocketServer(): Promise<Server> {
  const { createServer } = await import('node:net');
  return createServer();
}

/** Its file goes with a server that is closed; `process.exit()` would leave it. */
function closeAtExit(server: Server): void {
  const servers = singleton('listening', () => {
    const all = new Set<Server>();
    process.once('exit', () => {
      for (const each of all) each.close();
    });
    return all;
  });
  servers.add(server);
  server.once('close', () => servers.delete(server));
}

/** The address of a host, IPv4 if it has one: Python knows no other. */
async function numberOf(host: string, address: Address): Promise<string> {
  const { lookup } = await import('node:dns/promises');
  try {
    return (await lookup(host, { order: 'ipv4first' } as object)).address;
  } catch (error) {
    throw addressError('listen on', address, error);
  }
}

function isThisMachine(host: string): boolean {
  return /^(?:::ffff:)?127\./.test(host) || host === '::1';
}

/** A killed listener leaves the file of its Unix socket. Only the user can decide to remove it: the error says so. */
async function hintFor(address: Address, error: unknown): Promise<string> {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || !('path' in address)) return '';
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const probe = connect(address);
    const answer = (hint: string) => {
      probe.destroy();
      resolve(hint);
    };
    probe.on('connect', () => answer(''));
    probe.on('error', ({ code }: NodeJS.ErrnoException) =>
      answer(code === 'ECONNREFUSED' ? '. No process listens there any more: remove the file' : ''),
    );
  });
}
