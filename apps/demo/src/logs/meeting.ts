import type { Address } from '@mp/pipe';
import { SharedMap } from '@mp/shared';

/** How a program reaches the statistics of a run. */
export interface Invitation {
  address: Address;
  authKey: Uint8Array;
  pid: number;
}

/**
 * Where programs of this user that do not start each other find a run: a map with a name. It goes with its last user, also
 * when that one is killed, so what it says is never of a run long ago.
 */
export class Meeting {
  readonly #map = new SharedMap<'newest', Invitation>({ name: 'demo-logs' });

  /** Invites to a run of this process. */
  offer(address: Address, authKey: Uint8Array): void {
    this.#map.set('newest', { address, authKey, pid: process.pid });
  }

  /** The newest run. */
  get invitation(): Invitation | undefined {
    return this.#map.get('newest');
  }

  close(): void {
    this.#map.update('newest', (invitation) => (invitation?.pid === process.pid ? undefined : invitation));
    this.#map.close();
  }
}
