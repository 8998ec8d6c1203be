import { MpError } from '@mp/core';

/*
 * A list or an object that lies in a container of the server as plain data. A client that reads it gets a copy, frozen, so
 * that a change of the copy is an error instead of being lost. A call on it that is made before it is read runs in the
 * server, on the value itself.
 */

const LIST_READS = new Set('at concat includes indexOf join lastIndexOf slice'.split(' '));
const LIST_CHANGES = new Set('fill pop push reverse shift sort splice unshift'.split(' '));
const MAP_READS = new Set(['get', 'has']);
const MAP_CHANGES = new Set(['set', 'delete', 'clear']);
const SET_READS = new Set(['has']);
const SET_CHANGES = new Set(['add', 'delete', 'clear']);
const RECORD_CHANGES = new Set(['set', 'delete']);

type Methods = Record<string, (...args: readonly unknown[]) => unknown>;

/**
 * Runs a method of a plain value, in the server.
 *
 * @param mayChange whether it lies in a container. What a method of a class gives may be part of the object's own state,
 * which clients change by its methods only
 * @throws MpError `ERR_MP_NOT_FOUND` when it is not one that a client may call
 */
export function invokePlain(
  value: unknown,
  method: string,
  args: readonly unknown[],
  mayChange: boolean,
): unknown {
  if (!mayChange && changesOf(value)?.has(method))
    throw new MpError(
      'ERR_MP_NOT_FOUND',
      `Clients cannot call ${JSON.stringify(method)} on the result: only what lies in a container can be changed`,
    );
  if (Array.isArray(value) && (LIST_READS.has(method) || LIST_CHANGES.has(method))) {
    if (method === 'concat') checkConcat(value, args);
    if (method === 'join') checkJoin(value, args);
    const result = (value as unknown as Methods)[method](...args);
    return result === value ? undefined : result;
  }
  if (value instanceof Map && (MAP_READS.has(method) || MAP_CHANGES.has(method)))
    return told(value, (value as unknown as Methods)[method](...args));
  if (value instanceof Set && (SET_READS.has(method) || SET_CHANGES.has(method)))
    return told(value, (value as unknown as Methods)[method](...args));
  if (isRecord(value)) return invokeRecord(value, method, args);
  const what =
    value === null
      ? 'null'
      : Array.isArray(value)
        ? 'a list'
        : typeof value === 'object'
          ? 'an object'
          : `a ${typeof value}`;
  throw new MpError(
    'ERR_MP_NOT_FOUND',
    `The result is ${what}, which has no method ${JSON.stringify(method)} for clients`,
  );
}

function changesOf(value: unknown): ReadonlySet<string> | undefined {
  if (Array.isArray(value)) return LIST_CHANGES;
  if (value instanceof Map) return MAP_CHANGES;
  if (value instanceof Set) return SET_CHANGES;
  return isRecord(value) ? RECORD_CHANGES : undefined;
}

/** Items of a list that `concat` makes, at most: a client could double one again and again, in one message. */
const ITEMS_MOST = 1 << 24;
/** Characters that separators add to a text, at most. */
const SEPARATORS_MOST = 1 << 24;

function checkConcat(value: readonly unknown[], args: readonly unknown[]): void {
  let length = value.length;
  for (const each of args) length += Array.isArray(each) ? each.length : 1;
  if (length > ITEMS_MOST) throw new RangeError(`a list of ${length} items; ${ITEMS_MOST} are the most`);
}

/** The text of a list in a list could grow with each level. */
function checkJoin(value: readonly unknown[], [separator = ',']: readonly unknown[]): void {
  if (value.some((each) => typeof each === 'object' && each !== null))
    throw new TypeError('only a list of plain values can be joined');
  if (value.length * String(separator).length > SEPARATORS_MOST)
    throw new RangeError(`separators of more than ${SEPARATORS_MOST} characters`);
}

/** Makes a copy that a client has read unchangeable, with all in it. Bytes and instances of classes stay as they are. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  // Frozen before what is in it: that may refer back to it.
  if (Array.isArray(value) || isRecord(value)) return frozenInside(Object.freeze(value));
  const isMap = Object.getPrototypeOf(value) === Map.prototype;
  if (!isMap && Object.getPrototypeOf(value) !== Set.prototype) return value;
  for (const name of ['add', 'set', 'delete', 'clear'])
    if (name in value) Object.defineProperty(value, name, { value: refuseChange });
  Object.freeze(value);
  if (isMap) for (const [key, item] of value as unknown as Map<unknown, unknown>) frozen([key, item]);
  else for (const item of value as unknown as Set<unknown>) frozen(item);
  return value;
}

/** The same for what is in a list or an object, which is itself the caller's own. */
export function frozenInside<T>(value: T): T {
  for (const each of Array.isArray(value) ? value : Object.values(value as object)) frozen(each);
  return value;
}

function refuseChange(): never {
  throw new TypeError(
    'This is a frozen copy of what lies in the manager, so the change would be lost. Call the method on the result before it is awaited, or set the value anew',
  );
}

function told(value: unknown, result: unknown): unknown {
  return result === value ? undefined : result;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function invokeRecord(
  value: Record<string, unknown>,
  method: string,
  [name, item]: readonly unknown[],
): unknown {
  if (method === 'keys') return Object.keys(value);
  if (typeof name !== 'string' || name === '__proto__')
    throw new TypeError('the name of a property must be a string');
  switch (method) {
    case 'get':
      return Object.hasOwn(value, name) ? value[name] : undefined;
    case 'set':
      value[name] = item;
      return undefined;
    case 'has':
      return Object.hasOwn(value, name);
    case 'delete':
      return Object.hasOwn(value, name) && delete value[name];
    default:
      throw new MpError(
        'ERR_MP_NOT_FOUND',
        `The result is an object; clients may call get, set, has, delete and keys of it, not ${JSON.stringify(method)}`,
      );
  }
}
