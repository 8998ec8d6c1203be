import { type Command, INTERVAL_FLAG, NO, numberOf } from './command.ts';
import { standBack } from './stand-back.ts';

export const web: Command = {
  name: 'web',
  summary: 'serves a page with a live picture, on this machine only',
  description: [
    'Serves a page on the loopback interface: processes, locks and who waits for them, queues over time, workers of pools. Its address, with a token in it, is the only line of output.',
  ],
  flags: [
    { name: 'port', short: 'p', value: 'PORT', about: 'TCP port; 0, the default, for a free one' },
    INTERVAL_FLAG,
  ],
  exits: [[NO, 'it cannot listen at that port']],
  async run(call) {
    const port = numberOf(call, 'port', 0, 65_535);
    const interval = numberOf(call, 'interval', 100, 60_000);
    standBack();
    const { webCommand } = await import('../web/command.ts');
    return webCommand({ port, interval });
  },
};
