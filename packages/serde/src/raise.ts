import type { Carrier } from '@mp/core/internal';
import { registrationNamed } from './classes.ts';
import { raiseError } from './error-parts.ts';
import { numbersOf } from './numbers.ts';
import { decoderOf } from './packages.ts';
import { viewOf } from './view.ts';
import { Mark, TAG } from './wire.ts';

/** Holds the place of an object that is made of its contents, until they are there. */
const UNMADE = Symbol('unmade');

/** The way back from a tree with marks to the value. Works in place: the tree was made for us alone. */
export class Raising {
  readonly #carrier: Carrier;
  /** Marks of handles whose pins are still ours to let go of. */
  readonly #pinned: Set<Mark>;
  /** Objects by their number, in the order in which they begin: what references mean. */
  readonly #objects: unknown[] = [];

  constructor(carrier: Carrier, handles: readonly Mark[]) {
    this.#carrier = carrier;
    this.#pinned = new Set(handles);
  }

  /** The handles that were not opened. */
  get unopened(): Iterable<Mark> {
    return this.#pinned;
  }

  /** Gives the next number to an object that was just made. */
  begin(object: unknown): void {
    this.#objects.push(object);
  }

  raise(node: unknown): unknown {
    if (typeof node !== 'object' || node === null) return node;
    if (node instanceof Mark) return this.#mark(node);
    this.begin(node);
    if (Array.isArray(node)) {
      for (let i = 0; i < node.length; i++) node[i] = this.raise(node[i]);
    } else if (Object.getPrototypeOf(node) === Object.prototype) {
      const fields = node as Record<string, unknown>;
      for (const key of Object.keys(fields)) fields[key] = this.raise(fields[key]);
    }
    return node;
  }

  /** A part that must be a string. */
  text(part: unknown): string {
    const text = part instanceof Mark ? this.#mark(part) : part;
    if (typeof text !== 'string') throw new Error('a part that should be a string is none');
    return text;
  }

  /** Parts from `first` on as keys and values. */
  *entries(parts: readonly unknown[], first: number): Generator<[key: string, value: unknown]> {
    if ((parts.length - first) % 2 !== 0) throw new Error('a key without a value');
    for (let i = first; i < parts.length; i += 2) yield [this.text(parts[i]), this.raise(parts[i + 1])];
  }

  #mark(mark: Mark): unknown {
    const { parts } = mark;
    switch (parts[0]) {
      case TAG.reference:
        return this.#reference(parts[1]);
      case TAG.text:
        return utf16(parts[1]);
      case TAG.minusZero:
        return -0;
      case TAG.object:
        return this.#fields(parts[1] === true ? Object.create(null) : {}, parts);
      case TAG.sparse:
        return this.#sparse(parts);
      case TAG.map:
        return this.#map(parts);
      case TAG.set: {
        const set = this.#made(new Set());
        for (let i = 1; i < parts.length; i++) set.add(this.raise(parts[i]));
        return set;
      }
      case TAG.regexp:
        return this.#made(new RegExp(this.text(parts[1]), this.text(parts[2])));
      case TAG.url:
        return this.#made(new URL(this.text(parts[1])));
      case TAG.error:
        return raiseError(parts, this);
      case TAG.fields:
        return this.#instance(parts);
      case TAG.data:
        return this.#data(parts);
      case TAG.handle:
        return this.#handle(mark);
      case TAG.numbers:
        return this.#made(numbersOf(parts[1], parts[2]));
      case TAG.array:
        return this.#made(viewOf(parts[1], parts[2]));
      default:
        throw new Error(`a mark of unknown meaning: ${String(parts[0])}`);
    }
  }

  #made<T>(object: T): T {
    this.begin(object);
    return object;
  }

  #reference(number: unknown): unknown {
    const object = typeof number === 'number' ? this.#objects[number] : undefined;
    if (object === undefined || object === UNMADE)
      throw new Error(`a reference to object ${String(number)}, which is not there`);
    return object;
  }

  #instance(parts: readonly unknown[]): object {
    const { name, prototype, fromData } = this.#registration(parts[1]);
    if (fromData !== undefined) {
      // Without its constructor it would lack what only that can give it, like private fields.
      throw new Error(
        `class ${JSON.stringify(name)} was registered here with fromData, there without toData`,
      );
    }
    return this.#fields(Object.create(prototype), parts);
  }

  #fields(object: object, parts: readonly unknown[]): object {
    this.begin(object);
    for (const [key, value] of this.entries(parts, 2)) {
      // Not an assignment: `__proto__` would be the prototype, and a setter of a class would run.
      Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
    }
    return object;
  }

  #sparse(parts: readonly unknown[]): unknown[] {
    const length = parts[1];
    if (typeof length !== 'number' || length < 1 || length >= 2 ** 32 || length % 1 !== 0) {
      throw new Error(`an array of length ${String(length)}`);
    }
    const array: unknown[] = this.#made([]);
    // An element far out makes V8 keep the array as a table; setting `length` would reserve space for every hole.
    array[length - 1] = undefined;
    delete array[length - 1];
    for (let i = 2; i + 1 < parts.length; i += 2) {
      const index = parts[i];
      if (typeof index !== 'number' || !(index >= 0 && index < length))
        throw new Error(`an array index ${String(index)}`);
      array[index] = this.raise(parts[i + 1]);
    }
    return array;
  }

  #map(parts: readonly unknown[]): Map<unknown, unknown> {
    if (parts.length % 2 === 0) throw new Error('a key without a value');
    const map = this.#made(new Map());
    for (let i = 1; i < parts.length; i += 2) {
      const key = this.raise(parts[i]);
      map.set(key, this.raise(parts[i + 1]));
    }
    return map;
  }

  #data(parts: readonly unknown[]): unknown {
    const { name, fromData } = this.#registration(parts[1]);
    const number = this.#objects.push(UNMADE) - 1;
    const data = this.raise(parts[2]);
    if (fromData === undefined)
      throw new Error(
        `class ${JSON.stringify(name)} was registered there with toData, here without fromData`,
      );
    const object = fromData(data);
    this.#objects[number] = object;
    return object;
  }

  #handle(mark: Mark): unknown {
    const [, kind, , pin, file] = mark.parts;
    if (typeof kind !== 'string') throw new Error('a handle of no kind');
    const number = this.#objects.push(UNMADE) - 1;
    const data = this.raise(mark.parts[2]);
    const decoder = decoderOf(kind);
    if (!this.#carrier.local && decoder.network !== true) {
      throw new Error(`a ${kind}, whose memory is on the sender's machine`);
    }
    const object = decoder.decode(data);
    this.#objects[number] = object;
    this.#pinned.delete(mark);
    if (isFile(pin) && isFile(file)) this.#carrier.unpin(pin);
    return object;
  }

  #registration(name: unknown) {
    const found = registrationNamed(this.text(name));
    if (found === undefined) {
      throw new Error(
        `class ${JSON.stringify(name)} is not registered in this thread. Import the module that calls registerClass()`,
      );
    }
    return found;
  }
}

/** Whether a part names a file of the segment directory, and of nowhere else. */
export function isFile(part: unknown): part is string {
  return typeof part === 'string' && /^[A-Za-z0-9][A-Za-z0-9._+-]{0,200}$/.test(part);
}

function utf16(part: unknown): string {
  if (!Buffer.isBuffer(part) || part.length % 2 !== 0) throw new Error('a damaged string');
  return part.toString('utf16le');
}
