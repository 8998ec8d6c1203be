import { CHANNEL_DESCRIBER, type Describers, type Holding } from '@mp/core/internal';
import { KEEPER, SPARE } from './spares.ts';

const ROLES = [
  [KEEPER, 'keeper'],
  [SPARE, 'spare'],
] as const;

/** What can be told of the lines to spare processes. */
export const describers: Describers = {
  spare: {
    ...CHANNEL_DESCRIBER,
    describe(look) {
      const holders = ROLES.filter(([at]) => look.words[at] !== 0).map(
        ([at, role]): Holding => ({ agent: look.words[at], role, count: 1 }),
      );
      const state = look.words[SPARE] === 0 ? 'starting' : 'ready';
      return { ...CHANNEL_DESCRIBER.describe(look), state, holders };
    },
  },
};
