import type { ObjectReport, Rates, ThreadReport, WaiterReport } from '../report.ts';
import { bytes, count, oneLine, span } from './format.ts';

/** What a user calls an object: its name, else that of its file. */
export function nameOf({ name, file }: ObjectReport): string {
  return name ?? file;
}

/** `pid 12`, `pid 12, thread 3` */
export function threadTitle({ pid, threadId, alive }: ThreadReport): string {
  if (pid === 0) return 'a thread of which nothing is left';
  const title = threadId === 0 ? `pid ${pid}` : `pid ${pid}, thread ${threadId}`;
  return alive ? title : `${title} (dead)`;
}

/** State and numbers of an object, in a few words. `~` stands before what may not fit together. */
export function stateText(object: ObjectReport, now: number): string {
  if (object.problem !== undefined) return `? ${object.problem}`;
  const { measures, state, torn, holders } = object;
  const measure = (key: keyof typeof measures): string =>
    `${torn.includes(`measures.${key}`) ? '~' : ''}${measures[key]}`;
  const parts: string[] = [];
  if (state !== '') parts.push(heldText(object, now));
  if (measures.depth !== undefined && object.kind !== 'worker of a Pool') {
    const limit = measures.maxSize === undefined ? '' : `/${measures.maxSize}`;
    const size = measures.bytes
      ? `, ${torn.includes('measures.bytes') ? '~' : ''}${bytes(measures.bytes)}`
      : '';
    parts.push(`${measure('depth')}${limit} items${size}`);
  }
  if (measures.leased) parts.push(`${measure('leased')} leased`);
  if (measures.letters) parts.push(`${measure('letters')} dead letters`);
  if (measures.permits !== undefined)
    parts.push(`${measure('permits')} of ${measures.initialPermits} permits`);
  if (measures.parties !== undefined) parts.push(`${measure('arrived')} of ${measures.parties} parties`);
  if (measures.length !== undefined) parts.push(`${measure('length')} elements`);
  if (measures.depth === undefined && measures.bytes !== undefined) parts.push(bytes(measures.bytes));
  if (object.details.value !== undefined) parts.push(`= ${oneLine(String(object.details.value), 40)}`);
  const dead = holders.filter(({ alive }) => !alive).length;
  if (dead > 0 && state !== 'abandoned') parts.push(`${dead} of its holders dead`);
  return parts.join(', ') || '-';
}

const OWNERS: ReadonlySet<string> = new Set(['owner', 'writer', 'next writer', 'reader']);

function heldText({ state, holders, torn }: ObjectReport, now: number): string {
  const owners = holders.filter(({ role }) => OWNERS.has(role));
  const mark = torn.includes('holders') || torn.includes('state') ? '~' : '';
  if (owners.length === 0) return `${mark}${state}`;
  const [{ since }] = owners;
  const names = owners.length > 3 ? `${owners.length} threads` : owners.map(threadTitle).join(', ');
  const long = since === undefined ? '' : ` for ${span(now - since)}`;
  return `${mark}${state} by ${names}${long}`;
}

/** `2 sync, 1 async` */
export function waitersText(waiters: readonly WaiterReport[]): string {
  const parts = (['sync', 'async', 'unknown'] as const)
    .map((how) => [waiters.filter((each) => each.how === how && each.alive).length, how] as const)
    .filter(([number]) => number > 0)
    .map(([number, how]) => `${number} ${how === 'unknown' ? 'waiting' : how}`);
  const dead = waiters.filter(({ alive }) => !alive).length;
  if (dead > 0) parts.push(`${dead} dead`);
  return parts.join(', ') || '-';
}

/** `puts 12k/s, gets 12k/s` */
export function ratesText(rates: Rates | undefined): string {
  if (rates === undefined) return '-';
  const parts = Object.entries(rates)
    .filter(([, perSecond]) => perSecond > 0)
    .map(([key, perSecond]) => `${key} ${/bytes$/i.test(key) ? bytes(perSecond) : count(perSecond)}/s`);
  return parts.join(', ') || '-';
}

/**
 * `node app.js`: a command line without the folder of its program. That folder, of a Node that a version manager has
 * installed, leaves little room for what tells programs apart.
 */
export function commandText(command: string, most?: number): string {
  return oneLine(command.replace(/^\/\S*\//, ''), most);
}

/** `12 node app.js` */
export function creatorText({ creator }: ObjectReport): string {
  return creator.alive ? `${creator.pid} ${commandText(creator.command ?? '')}` : `${creator.pid} (dead)`;
}
