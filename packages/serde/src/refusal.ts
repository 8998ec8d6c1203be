import { types } from 'node:util';

/** Why a value cannot be sent: what it is, and the way out. The place is added where it is known. */
export class Refusal extends Error {}

/** Stands for what may be left out and cannot be sent. */
export const UNSENDABLE = Symbol('unsendable');

export const REFUSED_FUNCTION =
  'is a function. Code does not travel: define it with task() of @mp/process and pass the task, or send the data it needs';
export const REFUSED_SYMBOL = 'is a symbol. Symbols mean nothing in another process: send a string';
export const REFUSED_UNDEFINED =
  'is undefined, which is no message. Send null, or an object with an undefined property';

/** What has no meaning elsewhere, by what it is called, with the way out. */
const REFUSED_KINDS: readonly [name: string, is: (value: object) => boolean, wayOut: string][] = [
  ['Promise', types.isPromise, 'Await it and send its value'],
  ['WeakMap', types.isWeakMap, 'Send a Map'],
  ['WeakSet', types.isWeakSet, 'Send a Set'],
  ['WeakRef', (value) => value instanceof WeakRef, 'Send what it refers to'],
  [
    'SharedArrayBuffer',
    types.isSharedArrayBuffer,
    'It reaches threads only: use SharedMemory or SharedArray of @mp/shared',
  ],
  ['generator', types.isGeneratorObject, 'Collect its items in an array'],
  ['iterator of a Map', types.isMapIterator, 'Collect its items in an array'],
  ['iterator of a Set', types.isSetIterator, 'Collect its items in an array'],
  ['AbortController', (value) => value instanceof AbortController, 'Use an Event of @mp/lock'],
  ['EventTarget', (value) => value instanceof EventTarget, 'Its listeners are functions of this thread'],
  ['external pointer', types.isExternal, 'It is an address of this process'],
  ['KeyObject', types.isKeyObject, 'Export the key and send its bytes'],
];

/** Classes whose instances hold what no field shows and no test of `node:util` knows, by what they call themselves. */
const REFUSED_TAGS: readonly [tag: RegExp, wayOut: string][] = [
  [/^(URLSearchParams|Temporal\..*)$/, 'Send its text: String(it)'],
  [/^(Headers|FormData)$/, 'Send its entries: [...it]'],
  [/^(Blob|File)$/, 'Send its bytes: await it.arrayBuffer()'],
  [/^(Request|Response|(Readable|Writable|Transform)Stream)$/, 'Send what comes out of it'],
  [/ Iterator$|^Iterator Helper$/, 'Collect its items in an array'],
  [/^(FinalizationRegistry|WebAssembly\..*)$/, 'It belongs to this thread'],
  [/^Intl\..*$/, 'Send its options: it.resolvedOptions()'],
];

/** @throws Refusal when `value` belongs to a kind that cannot travel */
export function refuseKinds(value: object): void {
  for (const [name, is, wayOut] of REFUSED_KINDS) if (is(value)) throw refusal(name, wayOut);
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (tag === 'Object') return;
  for (const [refused, wayOut] of REFUSED_TAGS) if (refused.test(tag)) throw refusal(tag, wayOut);
}

function refusal(name: string, wayOut: string): Refusal {
  return new Refusal(`is ${/^[AEIOe]/.test(name) ? 'an' : 'a'} ${name}. ${wayOut}`);
}
