import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Address, Manager, type ManagerServer } from '@mp/manager';

/** A way by which clients reach a server. */
export interface Link {
  readonly title: string;
  /** Whether client and server go on through shared memory. */
  readonly isNear: boolean;
  readonly authKey: string;
  address(): Address;
}

const authKey = 'of the tests';
let sockets = 0;

/** Through shared memory, and through TCP: an address that is not said to be of this machine is taken for another one's. */
export const LINKS: readonly Link[] = [
  {
    title: 'near, through a pipe',
    isNear: true,
    authKey,
    address: () => ({ path: join(tmpdir(), `mp-${process.pid}-${++sockets}`) }),
  },
  { title: 'far, over TCP', isNear: false, authKey, address: () => ({ host: '127.0.0.2', port: 0 }) },
];

/** A server in this process. */
export function serveAt(link: Link): Promise<ManagerServer> {
  return Manager.serve(link.address(), { authKey: link.authKey });
}
