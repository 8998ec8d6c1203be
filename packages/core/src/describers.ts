import { CHANNEL_DESCRIBER } from './channel.ts';
import { type Describers, description } from './description.ts';
import { BODY } from './header.ts';

/** What core can tell of segments. */
export const describers: Describers = {
  channel: CHANNEL_DESCRIBER,
  tokens: {
    version: 1,
    bytes: (BODY + 2) * 4,
    describe: ({ floats }) => description('', { measures: { token: floats[BODY / 2] } }),
  },
};
