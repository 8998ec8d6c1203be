import { types } from 'node:util';

/** Why a value cannot be sent: what it is, and the way out. The place is added by who knows it. */
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

/** @throws Refusal when `value` belongs to a kind that cannot travel */
export function refuseKinds(value: object): void {
  for (const [name, is, wayOut] of REFUSED_KINDS) if (is(value)) throw new Refusal(`is a ${name}. ${wayOut}`);
}
