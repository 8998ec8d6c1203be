import { setTimeout } from 'node:timers/promises';
import { PagedLoop } from '@mp/core/internal';
import { find } from './inspect.ts';
import { titleOf } from './object-reports.ts';
import type { ObjectEvent, ObjectReport, SnapshotOptions, ThreadReport } from './report.ts';
import { snapshot } from './snapshot.ts';

/** What {@link watch} may be told. */
export interface WatchOptions extends SnapshotOptions {
  /** ms from one look to the next, 10 to 60,000. Default: 100. */
  interval?: number;
  /** Ends the watch. */
  signal?: AbortSignal;
}

const LEAST_INTERVAL_MS = 10;
const MOST_INTERVAL_MS = 60_000;

/**
 * Tells what happens to one object, as seen by looks at a steady pace: what comes and goes between two looks is not seen. It
 * begins with how the object is now, and ends when the object is gone, or by the signal.
 *
 * @param name its name, that of its file, or enough of the beginning of that
 * @param options `interval` in ms; `signal`; `directory` to look at another one
 * @throws MpError `ERR_MP_NOT_FOUND` when there is no such object
 * @throws RangeError on an interval that is out of range
 *
 * @example
 * ```js
 * import { watch } from '@mp/cli';
 * import { Event } from '@mp/lock';
 *
 * const ready = new Event({ name: 'ready' });
 * const events = watch('ready');
 * console.log((await events.next()).value.text); // Event "ready" is not set
 * await events.return();
 * ready.unlink();
 * ```
 */
export function watch(
  name: string,
  options: WatchOptions = {},
): AsyncIterableIterator<ObjectEvent, void, undefined> {
  const { interval = 100, signal, ...where } = options;
  let before: ObjectReport | undefined;
  let isGone = false;
  return new PagedLoop<ObjectEvent>(async () => {
    if (before === undefined) {
      checkInterval(interval);
      before = find(snapshot(where), name);
      const text = `${titleOf(before)} is ${before.state || 'there'}`;
      return [{ at: Date.now(), file: before.file, event: 'appeared', text }];
    }
    if (isGone || signal?.aborted) return undefined;
    await setTimeout(interval, undefined, { signal }).catch(() => {});
    if (signal?.aborted) return undefined;
    const { at, objects } = snapshot(where);
    const { file, created } = before;
    const now = objects.find((each) => each.file === file && each.created === created);
    isGone = now === undefined;
    if (now === undefined) return [{ at, file, event: 'gone', text: `${titleOf(before)} is gone` }];
    const events = eventsBetween(before, now, at);
    before = now;
    return events;
  });
}

/** @throws RangeError */
function checkInterval(interval: number): void {
  if (interval >= LEAST_INTERVAL_MS && interval <= MOST_INTERVAL_MS) return;
  throw new RangeError(
    `interval must be from ${LEAST_INTERVAL_MS} to ${MOST_INTERVAL_MS} ms, not ${interval}`,
  );
}

/** What happened to an object between two looks. */
export function eventsBetween(before: ObjectReport, now: ObjectReport, at: number): ObjectEvent[] {
  const { file } = now;
  const events: ObjectEvent[] = [];
  const add = (event: string, text: string, thread?: ThreadReport): void => {
    events.push({ at, file, event, text, ...(thread && { thread }) });
  };
  const had = keyed(before.holders, ({ agent, role }) => `${agent} ${role}`);
  const has = keyed(now.holders, ({ agent, role }) => `${agent} ${role}`);
  for (const [key, holder] of had)
    if (!has.has(key)) add('released', `${threadTitle(holder)} is not ${holder.role} any more`, holder);
  for (const [key, holder] of has) {
    const known = had.get(key);
    if (known === undefined) add('acquired', `${threadTitle(holder)} is ${holder.role}`, holder);
    else if (known.alive && !holder.alive)
      add('died', `${threadTitle(holder)} died as ${holder.role}`, holder);
  }
  const waited = keyed(before.waiters, ({ agent, for: what }) => `${agent} ${what}`);
  const waits = keyed(now.waiters, ({ agent, for: what }) => `${agent} ${what}`);
  for (const [key, waiter] of waited)
    if (!waits.has(key))
      add('left', `${threadTitle(waiter)} does not wait to ${waiter.for} any more`, waiter);
  for (const [key, waiter] of waits)
    if (!waited.has(key)) add('waits', `${threadTitle(waiter)} waits to ${waiter.for}`, waiter);
  if (before.state !== now.state) add('state', `it is ${now.state}, was ${before.state}`);
  for (const key of WATCHED_MEASURES) {
    const [was, is] = [before.measures[key], now.measures[key]];
    if (was !== is && is !== undefined) add(key, `${key} is ${is}, was ${was}`);
  }
  const moved = Object.entries(now.counters)
    .filter(([key, count]) => !QUIET_COUNTERS.has(key) && count !== before.counters[key])
    .map(([key, count]) => `${key} +${count - (before.counters[key] ?? 0)}`);
  if (moved.length > 0) add('moved', moved.join(', '));
  return events;
}

const WATCHED_MEASURES = [
  'depth',
  'leased',
  'letters',
  'permits',
  'arrived',
  'readers',
  'waiting',
  'length',
] as const;

/** Bytes tell no more than what they are the bytes of. */
const QUIET_COUNTERS: ReadonlySet<string> = new Set(['putBytes', 'getBytes', 'leftBytes', 'rightBytes']);

function keyed<T>(things: readonly T[], keyOf: (thing: T) => string): Map<string, T> {
  return new Map(things.map((thing) => [keyOf(thing), thing]));
}

function threadTitle({ pid, threadId }: ThreadReport): string {
  if (pid === 0) return 'a thread of which nothing is left';
  return threadId === 0 ? `pid ${pid}` : `pid ${pid}, thread ${threadId}`;
}
