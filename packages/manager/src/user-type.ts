import { TimeoutError } from '@mp/core';
import { type Call, runAs } from './call.ts';
import { ITERATE } from './protocol.ts';
import { notExposed, type ServerType } from './server-type.ts';

/** How a server makes objects of a class, and what clients may call. */
export interface TypeDefinition {
  /** Makes an object, or gives one that is there; it may be async. Runs in the server. */
  readonly create: (...args: never[]) => object;
  /**
   * Names of the methods and properties that are for clients; nothing else is. `Symbol.iterator` (or
   * `Symbol.asyncIterator`) lets them iterate over it.
   */
  readonly expose: readonly PropertyKey[];
  /**
   * The class of what `create` makes. Only needed when a method of another type may give an object of it before `create`
   * has made the first: the server then knows that it is to be a proxy instead of a copy.
   */
  readonly class?: (abstract new (...args: never[]) => object) | undefined;
}

const BUILT_IN = new Set<object>([Array.prototype, Map.prototype, Set.prototype]);

/** Names that mean something to JavaScript itself, so that a client could do harm with them, or never call them. */
const RESERVED = new Set(['__proto__', 'constructor', 'prototype', 'then', 'toJSON']);

/** Whether no property for clients may be called so. */
export function isReserved(name: string): boolean {
  return RESERVED.has(name);
}

/** The type of objects of a user's class. */
export class UserType implements ServerType {
  readonly name: string;
  readonly prototype: object | undefined;
  readonly #create: (...args: readonly unknown[]) => unknown;
  readonly #exposed: ReadonlySet<string>;
  readonly #iterates: boolean;
  /** Of the objects that were made: what a method gives back that has one of them is a reference too. */
  readonly #prototypes = new WeakSet<object>();

  constructor(name: string, { create, expose, class: known }: TypeDefinition) {
    this.name = name;
    this.#create = create as (...args: readonly unknown[]) => unknown;
    this.#exposed = new Set(expose.filter((each) => typeof each === 'string'));
    this.prototype = known?.prototype as object | undefined;
    if (this.prototype !== undefined) this.#prototypes.add(this.prototype);
    this.#iterates = expose.includes(Symbol.iterator) || expose.includes(Symbol.asyncIterator);
  }

  async make(args: readonly unknown[], call: Call): Promise<object> {
    const made = await runAs(call, () => this.#create(...args));
    if (typeof made !== 'object' || made === null)
      throw new TypeError(
        `create of ${this.name} must give an object, not ${made === null ? 'null' : `a ${typeof made}`}`,
      );
    const prototype: unknown = Object.getPrototypeOf(made);
    if (prototype !== null && prototype !== Object.prototype && !Array.isArray(made))
      this.#prototypes.add(prototype as object);
    return made;
  }

  invoke(value: object, method: string, args: readonly unknown[], call: Call): unknown {
    const fields = value as Record<string, unknown>;
    if (method === ITERATE) return this.#iterate(value, call);
    const run = this.#exposed.has(method) ? fields[method] : undefined;
    if (typeof run === 'function')
      return resultOf(
        call,
        runAs(call, () => run.apply(value, args)),
      );
    if (method === 'get') return resultOf(call, fields[this.#property(value, args[0])]);
    if (method !== 'set') throw notExposed(this.name, method, this.#exposed);
    fields[this.#property(value, args[0])] = args[1];
    return undefined;
  }

  owns(prototype: object, isOwn: boolean): boolean {
    // What inherits from a class of JavaScript itself has nothing in common with what was made of that.
    return this.#prototypes.has(prototype) && (isOwn || !BUILT_IN.has(prototype));
  }

  /** The name of a property that clients may read and write. */
  #property(value: object, name: unknown): string {
    if (typeof name !== 'string' || !this.#exposed.has(name))
      throw notExposed(this.name, String(name), this.#exposed);
    if (typeof (value as Record<string, unknown>)[name] === 'function')
      throw new TypeError(`${name} of ${this.name} is a method: call it`);
    return name;
  }

  #iterate(value: object, call: Call): unknown {
    if (!this.#iterates) throw notExposed(this.name, 'Symbol.iterator', this.#exposed);
    if (Symbol.iterator in value) return [...(value as Iterable<unknown>)];
    return resultOf(call, collect(value as AsyncIterable<unknown>));
  }
}

/** What a method has given is awaited, as by `await`; a call that must not wait ends instead. */
function resultOf(call: Call, result: unknown): unknown {
  if (typeof (result as PromiseLike<unknown> | null | undefined)?.then !== 'function') return result;
  const ending = Promise.resolve(result);
  if (!call.now) return ending;
  // It goes on without a client.
  ending.catch(() => {});
  const error = new TimeoutError('It cannot be done at once: the method is async. Give it a timeout above 0');
  call.cancel(error);
  throw error;
}

async function collect(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** @throws TypeError when it is not the definition of a type */
export function checkDefinition(name: string, definition: TypeDefinition): void {
  if (!/^[A-Za-z_$][\w$]*$/.test(name) || RESERVED.has(name) || name.startsWith('__'))
    throw new TypeError(`A type cannot be called ${JSON.stringify(name)}`);
  const { create, expose, class: known } = (definition ?? {}) as Partial<TypeDefinition>;
  if (typeof create !== 'function')
    throw new TypeError(`${name} needs { create: (…) => new ${name}(…), expose: ['method', …] }`);
  if (known !== undefined && (typeof known !== 'function' || typeof known.prototype !== 'object'))
    throw new TypeError(`class of ${name} must be the class of the objects that create makes`);
  if (!Array.isArray(expose) || expose.length === 0)
    throw new TypeError(`${name} must say what clients may call: { expose: ['method', …] }`);
  for (const each of expose as readonly PropertyKey[]) {
    const isIterator = each === Symbol.iterator || each === Symbol.asyncIterator;
    if (isIterator || (typeof each === 'string' && !RESERVED.has(each) && !each.startsWith('@@'))) continue;
    throw new TypeError(`${name} cannot expose ${String(each)}`);
  }
}
