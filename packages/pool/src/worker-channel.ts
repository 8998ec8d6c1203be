import { Channel, singleton, thisAgent } from '@mp/core/internal';
import { OWNER, POOL, RING_BYTES } from './protocol.ts';

const pools = singleton('pools', () => ({ made: 0 }));

/** The number of the next pool of this thread. */
export function nextPool(): number {
  return ++pools.made;
}

/** The channel to a new worker. @param pool the number of its pool */
export function workerChannel(pool: number): Channel {
  const channel = Channel.create(RING_BYTES, 'pool');
  channel.words[OWNER] = thisAgent().id;
  channel.words[POOL] = pool;
  return channel;
}
