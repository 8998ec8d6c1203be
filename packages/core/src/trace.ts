import { channel } from 'node:diagnostics_channel';
import { debuglog } from 'node:util';

/** What can be watched. Names and fields are public: they are in the README of this package. */
export interface TraceEvents {
  /** A process or thread was started. */
  'process.start': { name: string; kind: 'Process' | 'Thread'; pid: number | undefined };
  /** A child of this thread ended. */
  'process.end': { name: string; exitCode: number; signal: string | undefined; error: unknown };
  /** A lock was taken over from a holder that died. */
  'lock.recovered': { file: string; token: number };
  /** Files of the dead were removed. */
  sweep: { directory: string; removed: number };
}

const debug = debuglog('mp');

/** Tells the subscribers of `mp:<event>` of `node:diagnostics_channel`, and standard error under `NODE_DEBUG=mp`. */
export function trace<E extends keyof TraceEvents>(event: E, data: TraceEvents[E]): void {
  const subscribed = channel(`mp:${event}`);
  if (subscribed.hasSubscribers) subscribed.publish(data);
  if (debug.enabled) debug('%s %o', event, data);
}
