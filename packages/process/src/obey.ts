import { inspect } from 'node:util';
import { type Channel, thisThread, threadState } from '@mp/core/internal';
import { decode, encode } from '@mp/serde/internal';
import type { Child } from './child.ts';
import {
  FAILURE,
  findTask,
  getLogger,
  logExit,
  logState,
  ORDER,
  type Order,
  ParentProcess,
  Process,
  processState,
  putStderr,
  readRecord,
  Thread,
} from './internal.ts';

/** Exit code of a child whose event loop is empty before its task has settled; Node's for a module like that. */
const UNSETTLED = 13;

/**
 * Runs what the parent ordered. An error of it is printed once, kept for the parent, and ends the process with 1.
 */
export async function obey(channel: Channel): Promise<void> {
  const state = processState();
  const { isMain } = thisThread();
  let settled = false;
  process.once('beforeExit', () => {
    if (settled) return;
    print(
      channel,
      new Error(
        'The task waits for something that can never happen: nothing is left that could end the wait',
      ),
    );
    process.exitCode = UNSETTLED;
  });
  try {
    const order = readRecord(channel, ORDER) as Order;
    threadState.entry = order.entry;
    threadState.taskModule = (order.subclass ?? order.target)?.url || order.entry;
    state.name = order.name;
    state.lineage = order.lineage;
    state.daemon = order.daemon;
    state.parent = new ParentProcess(order.parent.name, order.parent.pid);
    Object.assign(logState(), order.log);
    process.on('uncaughtExceptionMonitor', (error) => {
      report(channel, error);
      // Node prints what ends a process, but not what ends a thread.
      if (!isFatal()) return;
      if (isMain) putStderr(`${state.name}:\n`);
      else process.stderr.write(described(error));
    });
    state.current = await makeSelf(order, channel);
    logExit();
    getLogger().info('child %s calling self.run()', isMain ? 'process' : 'thread');
    await state.current.run();
    settled = true;
  } catch (error) {
    print(channel, error);
    process.exit(1);
  }
}

/** The object that the parent started, again: same class, same fields, same target and arguments. */
async function makeSelf(order: Order, channel: Channel): Promise<Child> {
  const state = processState();
  const target = order.target && (await findTask(order.target));
  const base = thisThread().isMain ? Process : Thread;
  const subclass = order.subclass ? await findTask(order.subclass) : base;
  const args = decode(order.args, channel.carrier);
  const started = { ...state.started };
  const self = Reflect.construct(base, [{ target, args, name: order.name, daemon: order.daemon }], subclass);
  // It is no child of its own: the names of those count from 1.
  Object.assign(state.started, started);
  return Object.assign(self, decode(order.fields, channel.carrier));
}

function print(channel: Channel, error: unknown): void {
  report(channel, error);
  // What a thread says goes the way of what it said before.
  if (thisThread().isMain) putStderr(described(error));
  else process.stderr.write(described(error));
}

function described(error: unknown): string {
  return `${processState().name}:\n${error instanceof Error ? '' : 'Uncaught '}${inspect(error)}\n`;
}

/** Keeps an error for the parent. There is nobody to tell when that fails. */
function report(channel: Channel, error: unknown): void {
  try {
    const { bytes, pins } = encode(error ?? new Error(`${error} was thrown`), channel.carrier, 'error');
    channel.send(bytes, FAILURE);
    pins.sent();
  } catch (unsendable) {
    try {
      channel.send(encode(new Error(inspect(error), { cause: unsendable }), channel.carrier).bytes, FAILURE);
    } catch {
      // The segment directory is full. The exit code says enough.
    }
  }
}

function isFatal(): boolean {
  return process.listenerCount('uncaughtException') === 0 && !process.hasUncaughtExceptionCaptureCallback();
}
