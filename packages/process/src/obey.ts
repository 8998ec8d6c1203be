import { inspect, types } from 'node:util';
import { type Channel, thisThread, threadState } from '@mp/core/internal';
import { decode, encode } from '@mp/serde/internal';
import type { Child } from './child.ts';
import {
  FAILURE,
  findTask,
  getLogger,
  LAST_WORDS,
  logExit,
  logState,
  type Order,
  ParentProcess,
  Process,
  processState,
  putStderr,
  Thread,
  takeRecord,
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
  let handled: { error: unknown } | undefined;
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
    const order = takeRecord(channel)?.value as Order;
    threadState.entry = order.entry;
    threadState.taskModule = (order.subclass ?? order.target)?.url || order.entry;
    state.name = order.name;
    state.lineage = order.lineage;
    state.daemon = order.daemon;
    state.parent = new ParentProcess(order.parent.name, order.parent.pid);
    Object.assign(logState(), order.log);
    process.on('uncaughtExceptionMonitor', (error) => {
      handled = isFatal() ? undefined : { error };
      if (handled) return;
      report(channel, error);
      // Node prints what ends a process, but not what ends a thread.
      if (isMain) putStderr(`${state.name}:\n`);
      else tell(channel, LAST_WORDS, described(error));
    });
    // Whether an error that the user handles ends this child is not known before.
    process.on('exit', (code) => {
      if (handled && code !== 0) report(channel, handled.error);
    });
    const self = await makeSelf(order, channel);
    logExit();
    getLogger().info('child %s calling self.run()', isMain ? 'process' : 'thread');
    await self.run();
    settled = true;
  } catch (error) {
    handled = undefined;
    print(channel, error);
    process.exit(1);
  }
}

/** Makes a copy of the object that the parent started: same class, fields, target and arguments. */
async function makeSelf(order: Order, channel: Channel): Promise<Child> {
  const state = processState();
  const target = order.target && (await findTask(order.target));
  const base = thisThread().isMain ? Process : Thread;
  const subclass = order.subclass ? await findTask(order.subclass) : base;
  const args = decode(order.args, channel.carrier);
  const started = { ...state.started };
  const self = Reflect.construct(base, [{ target, args, name: order.name, daemon: order.daemon }], subclass);
  // The copy does not count as a child of this process: the names of its children start at 1.
  Object.assign(state.started, started);
  return Object.assign(self, decode(order.fields, channel.carrier));
}

function print(channel: Channel, error: unknown): void {
  report(channel, error);
  // The parent prints for a thread: what the thread wrote before may still be on its way through the parent, and a broken
  // stream must not end the parent.
  if (thisThread().isMain) putStderr(described(error));
  else tell(channel, LAST_WORDS, described(error));
}

function described(error: unknown): string {
  return `${processState().name}:\n${types.isNativeError(error) ? '' : 'Uncaught '}${shown(error)}\n`;
}

/** A thrown value may have getters, traps or an `inspect()` that throw themselves. */
function shown(value: unknown): string {
  for (const customInspect of [true, false]) {
    try {
      return inspect(value, { customInspect });
    } catch {}
  }
  return 'something that cannot be shown';
}

/** Keeps an error for the parent. */
function report(channel: Channel, error: unknown): void {
  tell(channel, FAILURE, error ?? new Error(`${error} was thrown`));
}

/** Leaves a record for the parent. A failure of that cannot be reported to anyone. */
function tell(channel: Channel, flags: number, value: unknown): void {
  try {
    const { bytes, pins } = encode(value, channel.carrier, 'error');
    channel.send(bytes, flags);
    pins.sent();
  } catch (unsendable) {
    try {
      channel.send(encode(new Error(shown(value), { cause: unsendable }), channel.carrier).bytes, flags);
    } catch {
      // The segment directory is full. The exit code says enough.
    }
  }
}

function isFatal(): boolean {
  return process.listenerCount('uncaughtException') === 0 && !process.hasUncaughtExceptionCaptureCallback();
}
