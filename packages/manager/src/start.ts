import { randomBytes } from 'node:crypto';
import { ClosedError, type WaitOptions } from '@mp/core';
import { checkOptions, deadlineOf, timeLeft } from '@mp/core/internal';
import {
  type Address,
  type AuthKey,
  keyOf,
  pipe,
  privateAddress,
  type TlsClientOptions,
} from '@mp/pipe/internal';
import { Process } from '@mp/process';
import { processState, taskRef } from '@mp/process/internal';
import { Client } from './client.ts';
import { newToken } from './handle.ts';
import type { HostTask } from './host.ts';
import { limitsOf, type ManagerLimits } from './limits.ts';
import type { ServerInfo } from './protocol.ts';
import { reach } from './reach.ts';
import { type Follower, Reconnection, type RetryOptions } from './reconnection.ts';
import { announce } from './references.ts';

/** What a server process that a program starts may be told. */
export interface StartOptions extends WaitOptions {
  /** Lets in programs that were not given a reference: bytes or text. Default: none of them. */
  authKey?: AuthKey | undefined;
  /** A task and its arguments, run in the server process before anything else. */
  init?: readonly [task: (...args: never[]) => unknown, ...args: unknown[]] | undefined;
  /** What one client may use. */
  limits?: ManagerLimits | undefined;
}

/** What {@link Manager.connect} may be told. */
export interface ConnectOptions extends WaitOptions {
  /** The key that the server has too: bytes or text. */
  authKey?: AuthKey | undefined;
  /**
   * Connects by TLS: `ca`, whose certificates are trusted (default: what Node trusts), `servername`, and `cert` and `key` for
   * a server that asks for them; `true` for none of these.
   */
  tls?: TlsClientOptions | true | undefined;
  /**
   * Looks for the server when it cannot be reached, at first and whenever the connection is lost: `timeout`, for how long, in
   * ms; `true`: 60 s. The objects of a server that was lost are gone: calls on them reject with `ERR_MP_STALE`, calls that
   * were under way with `ERR_MP_CLOSED`. New objects can be asked for at once; such calls wait for the new connection.
   */
  retry?: RetryOptions | boolean | undefined;
}

/** How the end of a server is brought about, for a manager that has started it; of a connection, for any other. */
export type EndServer = () => Promise<void>;

/** Makes a manager of a connection, and what is told of each that comes after it. */
export type ManagerMaker<M> = (
  client: Client,
  end: EndServer,
) => { readonly manager: M; readonly follower: Follower };

/** How long a server process may take to end by itself, in ms. */
const END_MS = 1_000;

/**
 * Starts a server process, and connects to it through a pipe. It ends when this manager is closed, and when this process
 * is gone.
 */
export async function startServer<M>(
  make: ManagerMaker<M>,
  hostTask: HostTask,
  options: StartOptions = {},
): Promise<M> {
  checkOptions(options, 'start()', ['authKey', 'init', 'limits', 'timeout', 'signal']);
  const { authKey = randomBytes(32), init, timeout, signal } = options;
  const deadline = deadlineOf({ timeout, signal });
  const info: ServerInfo = {
    id: newToken(),
    address: privateAddress(),
    guestKey: randomBytes(32),
  };
  const [here, there] = pipe();
  const order = {
    info,
    limits: limitsOf(options.limits),
    authKey: keyOf(authKey) as Uint8Array,
    init: init && { ref: taskRef(init[0], 'init'), args: init.slice(1) },
  };
  const child = new Process({ target: hostTask, args: [there, order], daemon: true, name: nextName() });
  const client = new Client();
  const end = async () => {
    client.close();
    if (await child.join({ timeout: END_MS })) return;
    child.terminate({ grace: END_MS });
    await child.join();
  };
  try {
    child.start();
    client.open(here, info);
    child.onEnd(({ signal: by, exitCode }) => {
      const how = by === undefined ? `exited with code ${exitCode}` : `was ended by ${by}`;
      client.close(new ClosedError(`The manager is gone: its process ${how}`, { cause: child.error }));
    });
    await client.call(client.root, 'stats', [], { timeout: timeLeft(deadline), signal }).promise;
  } catch (error) {
    await end();
    throw child.error ?? error;
  }
  announce(client);
  return make(client, end).manager;
}

/** Connects to a server that runs. */
export async function connectTo<M>(
  make: ManagerMaker<M>,
  address: Address,
  options: ConnectOptions = {},
): Promise<M> {
  checkOptions(options, 'connect()', ['authKey', 'tls', 'retry', 'timeout', 'signal']);
  const { retry, timeout, signal, ...how } = options;
  if (retry === undefined || retry === false) {
    const client = new Client();
    await reach(client, address, { ...how, timeout, signal });
    announce(client);
    return make(client, async () => client.close()).manager;
  }
  const reconnection = new Reconnection(address, how, retry);
  const client = await reconnection.connect({ timeout, signal });
  const { manager, follower } = make(client, async () => reconnection.close());
  reconnection.follow(follower);
  return manager;
}

let started = 0;

/** As Python calls its own: `SyncManager-1`. */
function nextName(): string {
  return `Manager-${[...processState().lineage, ++started].join(':')}`;
}
