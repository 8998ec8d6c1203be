import { types } from 'node:util';
import { type Carrier, HANDLE, type HandleRecord, Pins, REFUSE, SerializationError } from '@mp/core/internal';
import { registrationOf } from './classes.ts';
import { errorParts } from './error-parts.ts';
import { pathTo, type Step, stepToEntry } from './path.ts';
import { isPlainKey, isPlainText, isShared, MOST_DEEP } from './plain.ts';
import { REFUSED_FUNCTION, REFUSED_SYMBOL, Refusal, refuseKinds, UNSENDABLE } from './refusal.ts';
import { copyable, viewRecord } from './view.ts';
import { Mark, TAG } from './wire.ts';

const REFUSED_BY_SOCKETS =
  'cannot go over a socket. Pass it as an argument, by a queue or a pipe(), or send its name';

/**
 * The careful way to a message: makes of any value a tree of what msgpackr writes, and marks. Every property is
 * read once, so that what was checked is what is sent.
 */
export class Lowering {
  /** What the carrier holds on to for the handles met so far. */
  readonly pins: Pins;
  readonly #carrier: Carrier;
  readonly #root: string;
  readonly #steps: Step[] = [];
  /** Objects met, with their number in the order in which they begin. */
  readonly #numbers = new Map<object, number>();
  /** Objects that exist over there only after their contents do: nothing inside may refer to them. */
  readonly #late = new Set<object>();
  /** A failure of the carrier, which is not the value's fault. */
  #carrierFailure: unknown;

  constructor(carrier: Carrier, root: string) {
    this.#carrier = carrier;
    this.#root = root;
    this.pins = new Pins(carrier);
  }

  /** The tree for `value`, which may be nested in other values `depth` times. */
  lower(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
        return isPlainText(value) ? value : new Mark([TAG.text, Buffer.from(value, 'utf16le')]);
      case 'number':
        return Object.is(value, -0) ? new Mark([TAG.minusZero]) : value;
      case 'symbol':
        throw new Refusal(REFUSED_SYMBOL);
      case 'function':
      case 'object':
        return value === null ? null : this.#object(value, depth);
      default:
        return value;
    }
  }

  /** Lowers a part of a value, remembering where it is. */
  step(step: Step, value: unknown, depth: number): unknown {
    this.#steps.push(step);
    const lowered = this.lower(value, depth);
    this.#steps.pop();
    return lowered;
  }

  /** Reads and lowers a property or an element. */
  #property(object: object, key: string | number, depth: number): unknown {
    this.#steps.push(key);
    const lowered = this.lower((object as Record<string | number, unknown>)[key], depth);
    this.#steps.pop();
    return lowered;
  }

  /** Lowers what may be left out: if it cannot be sent, nothing of it remains. */
  attempt(step: Step, read: () => unknown, depth: number): unknown {
    const steps = this.#steps.length;
    const numbers = this.#numbers.size;
    const pins = this.pins.count;
    try {
      return this.step(step, read(), depth);
    } catch (error) {
      if (this.#carrierFailure !== undefined) throw error;
      this.#steps.length = steps;
      this.pins.drop(pins);
      for (const [object, number] of this.#numbers) {
        if (number < numbers) continue;
        this.#numbers.delete(object);
        this.#late.delete(object);
      }
      return UNSENDABLE;
    }
  }

  /** The own enumerable fields of `value` as parts of a mark: key, value, … */
  fields(value: object, depth: number): unknown[] {
    const parts: unknown[] = [];
    for (const key of Object.keys(value)) {
      parts.push(this.lower(key, 0), this.#property(value, key, depth));
    }
    return parts;
  }

  /** What to throw for `error`, which ended the work. */
  explain(error: unknown): unknown {
    if (this.#carrierFailure !== undefined) return this.#carrierFailure;
    const path = pathTo(this.#root, this.#steps);
    if (error instanceof Refusal)
      return new SerializationError(`Cannot send: ${path} ${error.message}`, path);
    const reason = error instanceof Error ? error.message : String(error);
    return new SerializationError(`Cannot send: reading ${path} failed: ${reason}`, path, { cause: error });
  }

  #object(value: object, depth: number): unknown {
    const number = this.#numbers.get(value);
    if (number !== undefined) {
      if (this.#late.has(value)) {
        throw new Refusal(
          'refers back to an object that is made of it by fromData or a handle. Break the cycle',
        );
      }
      return new Mark([TAG.reference, number]);
    }
    if (types.isBoxedPrimitive(value)) return this.lower(value.valueOf(), depth);
    if (depth >= MOST_DEEP)
      throw new Refusal(`is nested more than ${MOST_DEEP} levels deep. Send a flatter value`);
    this.#numbers.set(value, this.#numbers.size);
    return this.#portable(value, depth) ?? this.#builtIn(value, depth) ?? this.#plain(value, depth);
  }

  /** Primitives of `@mp` and registered classes. */
  #portable(value: object, depth: number): Mark | undefined {
    const refuse = (value as { [REFUSE]?: string | (() => string) })[REFUSE];
    if (refuse !== undefined) {
      throw new Refusal(`cannot travel: ${typeof refuse === 'function' ? refuse.call(value) : refuse}`);
    }
    const handle = (value as { [HANDLE]?: () => HandleRecord })[HANDLE];
    if (typeof handle === 'function') return this.#handle(value, handle.call(value), depth);
    if (typeof value === 'function') throw new Refusal(REFUSED_FUNCTION);
    const registration = registrationOf(value);
    if (registration === undefined) return undefined;
    const { name, toData } = registration;
    if (toData === undefined) {
      if (types.isNativeError(value)) return undefined;
      return new Mark([TAG.fields, name, ...this.fields(value, depth + 1)]);
    }
    this.#late.add(value);
    const data = this.lower(toData(value), depth + 1);
    this.#late.delete(value);
    return new Mark([TAG.data, name, data]);
  }

  #builtIn(value: object, depth: number): unknown {
    if (Array.isArray(value)) return this.#array(value, depth);
    if (types.isNativeError(value) || value instanceof Error)
      return new Mark(errorParts(value, this, depth + 1));
    if (types.isMap(value)) return this.#map(value, depth);
    if (types.isSet(value)) {
      const parts: unknown[] = [TAG.set];
      for (const item of value)
        parts.push(this.step({ words: ` item ${parts.length - 1}` }, item, depth + 1));
      return new Mark(parts);
    }
    if (types.isDate(value)) return new Date(value.getTime());
    if (types.isRegExp(value)) return new Mark([TAG.regexp, this.lower(value.source, 0), value.flags]);
    if (types.isArrayBuffer(value) || ArrayBuffer.isView(value)) {
      return isShared(value) ? this.#handle(value, viewRecord(value), depth) : copyable(value);
    }
    if (value instanceof URL) return new Mark([TAG.url, value.href]);
    refuseKinds(value);
    return undefined;
  }

  /** A plain object, or an instance of a class that is not registered. */
  #plain(value: object, depth: number): unknown {
    const keys = Object.keys(value);
    const bare = Object.getPrototypeOf(value) === null;
    if (bare || !keys.every(isPlainKey))
      return new Mark([TAG.object, bare, ...this.fields(value, depth + 1)]);
    const lowered: Record<string, unknown> = {};
    for (const key of keys) lowered[key] = this.#property(value, key, depth + 1);
    return lowered;
  }

  #array(value: readonly unknown[], depth: number): unknown {
    const lowered: unknown[] = [];
    const { length } = value;
    for (let i = 0; i < length; i++) {
      if (!(i in value)) return this.#sparse(value, lowered, depth);
      lowered.push(this.#property(value, i, depth + 1));
    }
    return lowered;
  }

  /** An array whose first hole comes after the items in `lowered`. */
  #sparse(value: readonly unknown[], lowered: readonly unknown[], depth: number): Mark {
    const parts: unknown[] = [TAG.sparse, value.length];
    lowered.forEach((item, i) => {
      parts.push(i, item);
    });
    for (const key of Object.keys(value)) {
      const index = Number(key);
      const isIndex = index >= lowered.length && index < value.length && String(index >>> 0) === key;
      if (isIndex) parts.push(index, this.#property(value, index, depth + 1));
    }
    return new Mark(parts);
  }

  #map(value: ReadonlyMap<unknown, unknown>, depth: number): Mark {
    const parts: unknown[] = [TAG.map];
    for (const [key, item] of value) {
      const step = stepToEntry(key);
      parts.push(
        this.step({ words: ` key ${(parts.length - 1) / 2}` }, key, depth + 1),
        this.step(step, item, depth + 1),
      );
    }
    return new Mark(parts);
  }

  #handle(value: object, record: HandleRecord, depth: number): Mark {
    const { kind, data, segment, move } = record;
    const refusal = this.#carrier.refusal ?? (this.#carrier.local ? undefined : REFUSED_BY_SOCKETS);
    if (segment !== undefined && refusal !== undefined)
      throw new Refusal(`is a ${kind} in shared memory, which ${refusal}`);
    this.#late.add(value);
    const lowered = this.lower(data, depth + 1);
    this.#late.delete(value);
    const pin = segment === undefined ? null : this.#pin(segment, move);
    return new Mark([TAG.handle, kind, lowered, pin, segment ?? null]);
  }

  #pin(file: string, move: HandleRecord['move']): string {
    try {
      return this.pins.add(file, move);
    } catch (error) {
      this.#carrierFailure = error;
      throw error;
    }
  }
}
