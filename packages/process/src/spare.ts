import { Channel, LOOK, thisAgent } from '@mp/core/internal';
import { KEEPER, openOrder, SPARE } from './internal.ts';

/**
 * Waits in a spare until it gets an order; ends the spare quietly when its keeper is gone.
 *
 * @param file the line to its keeper
 * @returns the channel that the order is in
 */
export async function receiveOrder(file: string): Promise<Channel> {
  const line = attach(file);
  // What the module of every task imports.
  await import('./index.ts');
  const agent = thisAgent();
  const keeper = line.words[KEEPER];
  Atomics.store(line.words, SPARE, agent.id);
  const record = await line.line.wait((reason) => {
    if (line.isEmpty && reason === LOOK && !agent.isAlive(keeper)) process.exit();
    return line.peek();
  }, Infinity);
  if (record === undefined) throw new Error('A wait without a limit of time has ended');
  const order = Buffer.from(record.source.subarray(record.start, record.end)).toString();
  line.take(record);
  if (order === '') process.exit();
  const channel = await openOrder(order);
  line.close();
  return channel;
}

function attach(file: string): Channel {
  try {
    return Channel.attach(file, 'spare');
  } catch {
    // The keeper gave it up before it had started.
    process.exit();
  }
}
