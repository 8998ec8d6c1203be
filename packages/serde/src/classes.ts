import { checkOptions, singleton } from '@mp/core/internal';

/** A class whose instances can be sent. */
export type AnyClass<T> =
  | (abstract new (
      ...args: never[]
    ) => T)
  | { readonly name: string; readonly prototype: T };

/** How a class travels, for {@link registerClass}. */
export interface ClassOptions<T, D> {
  /** What both sides call it. Default: the class's own name. */
  name?: string;
  /** What is sent instead of the instance: anything that can be sent. Default: its own enumerable fields. */
  toData?: (instance: T) => D;
  /** Makes an instance of what `toData` gave. Default: the fields are put on a new object without calling the constructor. */
  fromData?: (data: D) => T;
}

/** A registered class. */
export interface Registration {
  readonly name: string;
  readonly prototype: object;
  readonly toData: ((instance: unknown) => unknown) | undefined;
  readonly fromData: ((data: unknown) => unknown) | undefined;
}

interface Classes {
  readonly byName: Map<string, Registration>;
  readonly byPrototype: Map<object, Registration>;
}

function classes(): Classes {
  return singleton('serde-classes', () => ({ byName: new Map(), byPrototype: new Map() }));
}

/** Built-in classes whose instances keep what they hold in places that fields do not show. */
const OPAQUE = [
  Map,
  Set,
  Date,
  RegExp,
  Array,
  ArrayBuffer,
  Promise,
  WeakMap,
  WeakSet,
  Object.getPrototypeOf(Uint8Array),
];

/**
 * Lets instances of a class of yours travel as themselves: `instanceof` holds on the other side. Call it where the
 * class is defined, so that a module that imports the class has registered it; both sides need it, under the same name.
 *
 * Without it an instance arrives as a plain object of its own enumerable fields, and an error of the class as a
 * `RemoteError`. Python pickles any class by its module's name; here nothing that is received is imported.
 *
 * @param Class a class; subclasses are registered for themselves
 * @param options `toData` and `fromData`, both or neither, for classes with private fields, resources, or a
 * built-in like `Map` below them
 * @throws TypeError when it is not a class, or the name belongs to another class
 *
 * @example
 * ```js
 * import { registerClass } from '@mp/serde';
 *
 * export class Money {
 *   #cents;
 *   constructor(cents) {
 *     this.#cents = cents;
 *   }
 *   get euros() {
 *     return this.#cents / 100;
 *   }
 *   static {
 *     registerClass(Money, {
 *       toData: (money) => money.#cents,
 *       fromData: (cents) => new Money(cents),
 *     });
 *   }
 * }
 * ```
 */
export function registerClass<T extends object, D = unknown>(
  Class: AnyClass<T>,
  options: ClassOptions<T, D> = {},
): void {
  if (typeof Class !== 'function' || typeof Class.prototype !== 'object' || Class.prototype === null) {
    throw new TypeError(`Cannot register ${describe(Class)}: a class is needed`);
  }
  checkOptions(options, 'registerClass()', ['name', 'toData', 'fromData']);
  const { name = Class.name, toData, fromData } = options;
  if (typeof name !== 'string' || name === '') {
    throw new TypeError(`Cannot register a class as ${describe(name)}: give it a name, { name: '…' }`);
  }
  for (const [what, given] of Object.entries({ toData, fromData })) {
    if (given !== undefined && typeof given !== 'function') {
      throw new TypeError(
        `${what} of class ${JSON.stringify(name)} must be a function, not ${describe(given)}`,
      );
    }
  }
  if ((toData === undefined) !== (fromData === undefined)) {
    throw new TypeError(
      `Cannot register class ${JSON.stringify(name)} with only one of toData and fromData: give both`,
    );
  }
  const { prototype } = Class as { prototype: object };
  const opaque = OPAQUE.find((base) => prototype === base.prototype || prototype instanceof base);
  if (toData === undefined && opaque !== undefined) {
    throw new TypeError(
      `Cannot register class ${JSON.stringify(name)} by its fields: what a ${opaque.name} holds is not in them. ` +
        'Give toData and fromData',
    );
  }
  if (prototype === Object.prototype)
    throw new TypeError('Cannot register Object: plain objects travel by themselves');
  const { byName, byPrototype } = classes();
  const other = byName.get(name);
  if (other !== undefined && other.prototype !== prototype) {
    throw new TypeError(
      `Cannot register a second class as ${JSON.stringify(name)}: give one of the two another name, { name: '…' }`,
    );
  }
  const before = byPrototype.get(prototype);
  if (before !== undefined && before.name !== name) byName.delete(before.name);
  const registration = { name, prototype, toData, fromData } as Registration;
  byName.set(name, registration);
  byPrototype.set(prototype, registration);
}

/** The registration of exactly the class that `value` is an instance of. */
export function registrationOf(value: object): Registration | undefined {
  return classes().byPrototype.get(Object.getPrototypeOf(value));
}

/** The class that this thread knows by `name`. */
export function registrationNamed(name: string): Registration | undefined {
  return classes().byName.get(name);
}

function describe(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : value === null ? 'null' : typeof value;
}
