import { AuthenticationError, ClosedError, MpError } from '@mp/core';
import { registerHandle, singleton } from '@mp/core/internal';
import { Client } from './client.ts';
import { presentCoding } from './coding.ts';
import type { ServerInfo } from './protocol.ts';
import { reach } from './reach.ts';
import { makeProxy, ObjectRef } from './reference.ts';

/** The connections of this thread, by the ids of their servers: a proxy that comes from elsewhere uses what is there. */
function clients(): Map<string, Client> {
  return singleton('manager-clients', () => new Map());
}

/** A client is there for proxies of its server that come by other ways. */
export function announce(client: Client): void {
  const { info } = client;
  if (info === undefined || clients().get(info.id)?.closed === false) return;
  clients().set(info.id, client);
  client.onEnd(() => {
    if (clients().get(info.id) === client) clients().delete(info.id);
  });
}

/** The proxy that a handle from anywhere stands for. The server is asked for the object at once, and answers later. */
function openForeign(parts: readonly unknown[]): object {
  const [kind, info, token, loan, type] = parts as [string, ServerInfo, string, number, string];
  if (
    kind !== 'far' ||
    typeof info?.id !== 'string' ||
    !isTls(info.tls) ||
    typeof token !== 'string' ||
    typeof type !== 'string'
  )
    throw new MpError('ERR_MP_MISMATCH', 'Cannot receive the object of a manager: its handle is damaged');
  const client = clientFor(info);
  const ref = new ObjectRef(client, type);
  ref.token = token;
  const proxy = makeProxy(ref);
  client.redeem(ref, new WeakRef(proxy), token, loan);
  return proxy;
}

function isTls(fingerprint: unknown): boolean {
  return fingerprint === undefined || typeof fingerprint === 'string';
}

function clientFor(info: ServerInfo): Client {
  const known = clients().get(info.id);
  if (known !== undefined && !known.closed) return known;
  const client = new Client(info);
  clients().set(info.id, client);
  client.onEnd(() => {
    if (clients().get(info.id) === client) clients().delete(info.id);
  });
  const { address, guestKey, tls } = info;
  const trust = tls === undefined ? {} : ({ tls: true, fingerprint: tls } as const);
  const authKey = guestKey.length === 0 ? undefined : guestKey;
  reach(client, address, { authKey, ...trust }).catch((error: Error) => client.close(gone(error)));
  return client;
}

/** Another server at the same address has another key for guests, and another certificate. */
function gone(error: Error): Error {
  if (!(error instanceof AuthenticationError))
    return new ClosedError(`The manager of this object cannot be reached: ${error.message}`, {
      cause: error,
    });
  return new MpError(
    'ERR_MP_STALE',
    'Cannot use the object of a manager: its server has gone, and with it its objects. Another one listens there now',
    { cause: error },
  );
}

/** From now on messages may have objects of managers in them. Safe to call again. */
export function receiveProxies(): void {
  registerHandle('proxy', {
    package: '@mp/manager',
    network: true,
    decode: (data) => {
      const parts = data as readonly unknown[];
      return presentCoding()?.objectOf(parts) ?? openForeign(parts);
    },
    drop: (data) => {
      if (Array.isArray(data)) presentCoding()?.unread?.(data);
    },
  });
}

receiveProxies();
