import {
  CHANNEL_DESCRIBER,
  type Describers,
  description,
  HEADER_BYTES,
  type Holding,
} from '@mp/core/internal';
import { AGENT, COUNT_MASK, ENDED, GATE, OWNER, POOL, REVOKED } from './protocol.ts';

/** What can be told of the workers of pools, and of the file that holds what is in their jobs. */
export const describers: Describers = {
  pool: {
    ...CHANNEL_DESCRIBER,
    describe(look) {
      const { words } = look;
      const channel = CHANNEL_DESCRIBER.describe(look);
      const begun = (words[GATE] >>> 1) & COUNT_MASK;
      const ended = words[ENDED];
      const roles: [number, string][] = [
        [words[OWNER], 'pool'],
        [words[AGENT], 'worker'],
      ];
      return {
        ...channel,
        state: words[AGENT] === 0 ? 'starting' : begun === ended ? 'idle' : 'busy',
        holders: roles
          .filter(([agent]) => agent !== 0)
          .map(([agent, role]): Holding => ({ agent, role, count: 1 })),
        counters: { ...channel.counters, begun, ended },
        details: { ...channel.details, pool: words[POOL], takenBack: (words[GATE] & REVOKED) !== 0 },
      };
    },
  },
  jobs: { version: 1, bytes: HEADER_BYTES, describe: () => description('open') },
};
