import { Arrivals } from '../harness/arrivals.mjs';
import { message } from '../harness/payload.mjs';

/** @param context `options.serialization`: 'json' or 'advanced' */
export async function near(context) {
  const arrivals = new Arrivals();
  const child = await context.startProcess(context.options.serialization);
  child.on('message', arrivals.arrive);
  return {
    drain: (count) => arrivals.take(count),
    call: (sent) => {
      child.send(sent);
      return arrivals.take(1);
    },
    close: () => {},
  };
}

export function far({ payload }) {
  return {
    async fill(count) {
      let flowing = true;
      for (let index = 0; index < count; index++) {
        if (flowing) flowing = process.send(message(payload, index));
        // `false` = too much is under way: go on when this message, and so all before it, have left.
        else flowing = await new Promise((sent) => process.send(message(payload, index), () => sent(true)));
      }
    },
    echo(count) {
      return new Promise((resolve) => {
        let left = count;
        process.on('message', (received) => {
          process.send(received);
          left -= 1;
          if (left === 0) resolve();
        });
      });
    },
  };
}
