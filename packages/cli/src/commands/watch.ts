import { oneLine } from '../text/format.ts';
import { printJson } from '../text/output.ts';
import { watch as events } from '../watch.ts';
import { type Command, INTERVAL_FLAG, JSON_FLAG, NO, numberOf } from './command.ts';
import { standBack } from './stand-back.ts';

export const watch: Command = {
  name: 'watch',
  operands: 'NAME',
  takes: [1, 1],
  takesObjects: true,
  summary: 'prints what happens to one object, a line for each event',
  description: [
    'Prints a line whenever a look finds that the object has another holder, waiter, state or size, or that its counters moved. What comes and goes between two looks is not seen. It ends when the object is gone, or with Ctrl-C.',
  ],
  flags: [INTERVAL_FLAG, JSON_FLAG],
  exits: [[NO, 'there is no such object']],
  async run(call) {
    const interval = numberOf(call, 'interval', 10, 60_000);
    standBack();
    const told = new AbortController();
    const end = () => told.abort();
    process.once('SIGINT', end).once('SIGTERM', end);
    for await (const event of events(call.operands[0], {
      signal: told.signal,
      ...(interval && { interval }),
    })) {
      if (call.flags.json) printJson(event, true);
      else console.log(`${new Date(event.at).toISOString()} ${event.event.padEnd(8)} ${oneLine(event.text)}`);
    }
    return 0;
  },
};
