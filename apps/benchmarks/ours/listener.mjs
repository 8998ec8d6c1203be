import { connect, Listener } from '@mp/pipe';

const authKey = 'a key of both';

/** @param context `options.family`: 'tcp' or 'unix'; `options.atOnce`: how many connections the far side begins at once */
export async function near(context) {
  const place = context.options.family === 'tcp' ? { host: '127.0.0.1', port: 0 } : undefined;
  const listener = await Listener.listen(place, { authKey });
  // The name of the round is no address: the port is known only now.
  context.address = listener.address;
  await context.startProcess();
  return {
    async accept(count) {
      for (let index = 0; index < count; index++) (await listener.accept()).close();
    },
    close: () => listener.close(),
  };
}

export function far({ address, options }) {
  return {
    async connect(count) {
      let left = count;
      const chain = async () => {
        while (left-- > 0) (await connect(address, { authKey })).close();
      };
      await Promise.all(Array.from({ length: options.atOnce }, chain));
    },
  };
}
