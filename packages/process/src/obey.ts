import { type Channel, threadState } from '@mp/core/internal';
import { decode, encode } from '@mp/serde/internal';
import type { Child } from './child.ts';
import { FAILURE, ORDER, type Order, readRecord } from './order.ts';
import { Process } from './process.ts';
import { processState } from './state.ts';
import { findTask } from './task.ts';

/**
 * Runs what the parent ordered. An error of it is printed once, kept for the parent, and ends the process with 1.
 *
 * @param watch is told the lock of the parent, to end with it
 */
export async function obey(channel: Channel, watch: (parentLock: string) => void): Promise<void> {
  const state = processState();
  try {
    const order = readRecord(channel, ORDER) as Order;
    watch(order.parentLock);
    threadState.entry = order.entry;
    threadState.taskModule = (order.subclass ?? order.target)?.url;
    state.name = order.name;
    state.lineage = order.lineage;
    state.daemon = order.daemon;
    state.parent = order.parent;
    process.on('uncaughtExceptionMonitor', (error) => report(channel, error));
    state.current = await makeSelf(order, channel);
    await state.current.run();
  } catch (error) {
    report(channel, error);
    process.stderr.write(`${state.name}:\n${stackOf(error)}\n`);
    process.exit(1);
  }
}

/** The object that the parent started, again: same class, same fields, same target and arguments. */
async function makeSelf(order: Order, channel: Channel): Promise<Child> {
  const state = processState();
  state.importing = true;
  try {
    const target = order.target && (await findTask(order.target));
    const subclass = order.subclass ? await findTask(order.subclass) : Process;
    state.importing = false;
    const args = decode(order.args, channel.carrier);
    const self = Reflect.construct(
      Process,
      [{ target, args, name: order.name, daemon: order.daemon }],
      subclass,
    );
    return Object.assign(self, decode(order.fields, channel.carrier));
  } finally {
    state.importing = false;
  }
}

function report(channel: Channel, error: unknown): void {
  try {
    channel.send(encode(error ?? new Error(`${error} was thrown`), channel.carrier, 'error').bytes, FAILURE);
  } catch (unsendable) {
    channel.send(encode(new Error(stackOf(error), { cause: unsendable }), channel.carrier).bytes, FAILURE);
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : `Uncaught ${String(error)}`;
}
