import { types } from 'node:util';
import * as core from '@mp/core/internal';
import { registrationNamed, registrationOf } from './classes.ts';
import type { Step } from './path.ts';
import { UNSENDABLE } from './refusal.ts';
import { TAG } from './wire.ts';

/** Whose the class of an error is. The numbers are part of the format. */
const ORIGIN = { unknown: 0, builtIn: 1, mp: 2, registered: 3 } as const;

/** What lowers the parts of an error. */
interface PartLowering {
  lower(value: unknown, depth: number): unknown;
  attempt(step: Step, read: () => unknown, depth: number): unknown;
}

/** What raises them again. */
interface PartRaising {
  text(part: unknown): string;
  raise(part: unknown): unknown;
  /** Gives the error its number, before its parts are raised: they may refer to it. */
  begin(error: Error): void;
  entries(parts: readonly unknown[], first: number): Iterable<[key: string, value: unknown]>;
}

type ErrorClass = new (message?: string) => Error;

const BUILT_IN = new Map<string, ErrorClass>(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((Class) => [
    Class.name,
    Class,
  ]),
);
BUILT_IN.set('AggregateError', AggregateError as unknown as ErrorClass);
BUILT_IN.set('DOMException', DOMException as unknown as ErrorClass);
// Node's own class of this name cannot be had; what programs look at is `name` and `code`.
BUILT_IN.set('AbortError', Error);

const MP = new Map<string, ErrorClass>();
for (const [name, found] of Object.entries(core)) {
  if (typeof found === 'function' && found.prototype instanceof Error)
    MP.set(name, found as unknown as ErrorClass);
}

/**
 * An error as parts of a mark. An error always has a message form: what of it cannot be read or sent is left out,
 * because the alternative would be to lose the error.
 */
export function errorParts(error: Error, lowering: PartLowering, depth: number): unknown[] {
  const { origin, name } = originOf(error);
  const own = (key: string) => () => {
    const found = Object.getOwnPropertyDescriptor(error, key);
    return found === undefined || found.enumerable
      ? undefined
      : (error as unknown as Record<string, unknown>)[key];
  };
  const part = (key: string, read: () => unknown) => {
    const lowered = lowering.attempt(key, read, depth);
    return lowered === UNSENDABLE ? undefined : lowered;
  };
  const parts: unknown[] = [
    TAG.error,
    lowering.lower(name, 0),
    lowering.lower(textOf(error, 'message', '(its message cannot be read)'), 0),
    lowering.lower(textOf(error, 'stack', ''), 0),
    part('cause', own('cause')),
  ];
  const errors = guarded(own('errors'), undefined);
  parts.push(Array.isArray(errors) ? errors.map((_, i) => part(`errors[${i}]`, () => errors[i])) : null);
  parts.push(origin, lowering.lower(textOf(error, 'name', 'Error'), 0));
  for (const key of guarded(() => Object.keys(error), [])) {
    const lowered = lowering.attempt(key, () => (error as unknown as Record<string, unknown>)[key], depth);
    if (lowered !== UNSENDABLE) parts.push(lowering.lower(key, 0), lowered);
  }
  return parts;
}

/** The error that {@link errorParts} took apart. */
export function raiseError(parts: readonly unknown[], raising: PartRaising): Error {
  const [className, message, stack] = [1, 2, 3].map((i) => raising.text(parts[i]));
  const name = raising.text(parts[7]);
  const Class = classOf(parts[6], className);
  const error =
    Class === undefined
      ? new core.RemoteError(message, remoteNameOf(className, name))
      : make(Class, message, name);
  raising.begin(error);
  if (stack !== '') define(error, 'stack', stack, false);
  const cause = raising.raise(parts[4]);
  if (cause !== undefined) define(error, 'cause', cause, false);
  if (Array.isArray(parts[5]))
    define(
      error,
      'errors',
      parts[5].map((item) => raising.raise(item)),
      false,
    );
  for (const [key, value] of raising.entries(parts, 8)) {
    if (Class === undefined && (key === 'remoteName' || key === 'name')) continue;
    define(error, Class === undefined && key === 'code' ? 'remoteCode' : key, value, true);
  }
  if (Class !== undefined && error.name !== name) define(error, 'name', name, false);
  return error;
}

function make(Class: ErrorClass, message: string, name: string): Error {
  if (Class === (DOMException as unknown)) return new DOMException(message, name);
  // An error with the right prototype, without running a constructor that may want other arguments.
  return Reflect.construct(Error, [message], Class);
}

function originOf(error: Error): { origin: number; name: string } {
  const registered = guarded(() => registrationOf(error), undefined);
  if (registered !== undefined) return { origin: ORIGIN.registered, name: registered.name };
  const Class = guarded(() => Object.getPrototypeOf(error).constructor as unknown, undefined);
  const name = typeof Class === 'function' ? String(guarded(() => Class.name, 'Error')) : 'Error';
  if (BUILT_IN.get(name) === Class || name === 'AbortError') return { origin: ORIGIN.builtIn, name };
  const ofAnotherRealm = types.isNativeError(error) && BUILT_IN.has(name) && isNative(Class);
  if (ofAnotherRealm) return { origin: ORIGIN.builtIn, name };
  const Mp = MP.get(name);
  if (Mp !== undefined && error instanceof Mp) return { origin: ORIGIN.mp, name };
  return { origin: ORIGIN.unknown, name };
}

function isNative(Class: unknown): boolean {
  return typeof Class === 'function' && Function.prototype.toString.call(Class).includes('[native code]');
}

function classOf(origin: unknown, name: string): ErrorClass | undefined {
  if (origin === ORIGIN.builtIn) return BUILT_IN.get(name);
  if (origin === ORIGIN.mp) return MP.get(name);
  if (origin !== ORIGIN.registered) return undefined;
  const found = registrationNamed(name)?.prototype.constructor;
  return found !== undefined && found.prototype instanceof Error ? (found as ErrorClass) : undefined;
}

/** The name that says most: an error's own `name`, unless it only says which built-in is below. */
function remoteNameOf(className: string, name: string): string {
  return BUILT_IN.has(name) && className !== '' ? className : name;
}

function textOf(error: Error, key: 'name' | 'message' | 'stack', otherwise: string): string {
  return guarded(() => {
    const text: unknown = error[key];
    return text === undefined ? otherwise : String(text);
  }, otherwise);
}

/** Reads from an error that may throw at being read. */
function guarded<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

function define(target: object, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true });
}
