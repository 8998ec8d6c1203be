import { ClosedError, MpError, TimeoutError, type WaitOptions } from '@mp/core';
import { deadlineOf, timeLeft } from '@mp/core/internal';
import {
  type Address,
  type AuthKey,
  Connection,
  checkAddress,
  connectTls,
  connectTransport,
  MemoryTransport,
  type TlsClientOptions,
  type Transport,
} from '@mp/pipe/internal';
import type { Client } from './client.ts';
import { FAR, NEAR, VERSION, type Welcome } from './protocol.ts';

/** How a server is reached. */
export interface ReachOptions extends WaitOptions {
  readonly authKey?: AuthKey | undefined;
  readonly tls?: TlsClientOptions | true | undefined;
  /** SHA-256 of the certificate of the server, which is then the only one that is trusted. */
  readonly fingerprint?: string | undefined;
}

/**
 * Connects a client to a server: over a socket, and from there on through shared memory when both are on one machine.
 *
 * @throws what `connect()` of `@mp/pipe` throws; MpError `ERR_MP_MISMATCH` when the server speaks another version, or TLS is
 * asked for and not spoken; `ERR_MP_LIMIT` when it has no place for another client
 */
export async function reach(client: Client, address: Address, options: ReachOptions): Promise<void> {
  const { authKey, timeout = 30_000, signal } = options;
  const deadline = deadlineOf({ timeout, signal });
  const transport = await transportTo(checkAddress(address), { ...options, timeout });
  const socket = new Connection<unknown>(transport);
  try {
    const left = () => ({ timeout: timeLeft(deadline), signal });
    await socket.send({ version: VERSION, near: isHere(address) }, left());
    const welcome = (await socket.recv(left()).catch((error) => {
      throw hinted(error, address, options);
    })) as Welcome;
    if (welcome?.version !== VERSION) {
      throw new MpError(
        'ERR_MP_MISMATCH',
        `The manager speaks version ${welcome?.version} of the protocol, this program version ${VERSION}. Install the same @mp/manager in both`,
      );
    }
    const { offer, server, refused } = welcome;
    if (refused !== undefined) throw new MpError('ERR_MP_LIMIT', refused);
    // Where it was found is where others of this machine will find it; it may know itself by another name.
    const info = {
      ...server,
      address,
      guestKey: server.guestKey.length > 0 ? server.guestKey : Buffer.from(authKey ?? ''),
    };
    const memory = offer === undefined ? undefined : MemoryTransport.take(offer);
    if (memory === undefined) {
      if (offer !== undefined) await socket.send(FAR, left());
      client.open(socket, info);
      return;
    }
    const pipe = new Connection<unknown>(memory);
    await pipe.send(NEAR);
    client.open(pipe, info);
    socket.close();
  } catch (error) {
    socket.close();
    throw error;
  }
}

async function transportTo(
  address: Address,
  { authKey, tls, fingerprint, timeout, signal }: ReachOptions,
): Promise<Transport> {
  const options = { authKey, timeout, signal };
  if (tls !== undefined) {
    if ('path' in address) throw new TypeError('TLS is for { host, port }: a Unix socket leaves no machine');
    return connectTls(address, { ...options, tls, fingerprint });
  }
  try {
    return await connectTransport(address, { ...options, legacyDigest: false });
  } catch (error) {
    throw hinted(error, address, { tls });
  }
}

/** A server that speaks TLS says nothing to a client that does not. */
function hinted(error: unknown, address: Address, { tls }: ReachOptions): unknown {
  if (tls !== undefined || 'path' in address) return error;
  const Kind = [ClosedError, TimeoutError].find((each) => error instanceof each);
  if (Kind === undefined) return error;
  return new Kind(`${(error as Error).message}. If the server speaks TLS, pass { tls }`, { cause: error });
}

/** Whether an address can only be of this machine. */
function isHere(address: Address): boolean {
  return 'path' in address || ['127.0.0.1', '::1', 'localhost'].includes(address.host);
}
