import type { HANDLE, HandleRecord } from '@mp/core/internal';
import type { REF } from './reference.ts';

type AnyFunction = (...args: never[]) => unknown;

/** What a client gets as it is: classes whose instances travel as copies, and proxies. */
type Copied =
  | { readonly [REF]: object }
  | { [HANDLE](): HandleRecord }
  | Date
  | RegExp
  | URL
  | Error
  | Map<unknown, unknown>
  | Set<unknown>
  | readonly unknown[]
  | ArrayBufferView
  | ArrayBuffer;

type HasMethods<T> = T extends AnyFunction
  ? false
  : { [K in keyof T]-?: T[K] extends AnyFunction ? true : never }[keyof T] extends never
    ? false
    : true;

/** The types of a definition: for each its objects, and what is exposed of them. */
export type KnownTypes = Readonly<Record<string, readonly [object: object, exposed: object]>>;

/** The types of `X` whose objects are of type `T`. */
type NamesOf<T, X extends KnownTypes> = {
  [K in keyof X]: [T, X[K][0]] extends [X[K][0], T] ? K : never;
}[keyof X];

type ProxyOfNamed<K extends keyof X, X extends KnownTypes> = K extends keyof X
  ? Remote<X[K][1], X[K][0], X>
  : never;

/**
 * The proxy of an object that is known only by its class: what the definition exposes of that class. TypeScript compares
 * by structure, and cannot tell two classes with the same members apart: then what both expose is there. A class that the
 * definition does not have is taken to be exposed as a whole.
 */
type ProxyOf<T, X extends KnownTypes> = [NamesOf<T, X>] extends [never]
  ? Remote<T, T, X>
  : ProxyOfNamed<NamesOf<T, X>, X>;

/** What a client gets for a value of the server: a copy; of an object with methods, its proxy. */
export type Received<T, X extends KnownTypes = NoTypes> = T extends Copied
  ? T
  : T extends object
    ? HasMethods<T> extends true
      ? ProxyOf<T, X>
      : T
    : T;

/** No types are known. */
export type NoTypes = Readonly<Record<never, never>>;

declare const OBJECT: unique symbol;
declare const PENDING: unique symbol;
declare const MAKERS: unique symbol;

/** What tells the types of a program that a manager has. It exists only for the compiler. */
export interface HasMakers<out M> {
  readonly [MAKERS]: M;
}

/** What tells the type of the object that a proxy stands for. It exists only for the compiler. */
export interface StandsFor<out O> {
  readonly [OBJECT]: O;
}

/** What tells the type of a result that has not come. It exists only for the compiler. */
export interface WillBe<out T> {
  readonly [PENDING]: T;
}

/** What a client passes for a parameter: a value, the proxy of an object, or the result of a call that has not come yet. */
export type Passed<T> = T | StandsFor<T> | WillBe<T>;

/** What a client passes to what makes an object: a value, or the proxy of an object. */
export type PassedToCreate<A extends readonly unknown[]> = { [I in keyof A]: A[I] | StandsFor<A[I]> };

/** What a client passes for the parameters of a method. */
export type PassedAll<A extends readonly unknown[]> = { [I in keyof A]: Passed<A[I]> };

/** The methods of an object, as a client calls them. */
export type RemoteMethods<T, X extends KnownTypes = NoTypes> = {
  readonly [K in keyof T as T[K] extends AnyFunction ? (K extends string ? K : never) : never]: T[K] extends (
    ...args: infer A
  ) => infer R
    ? (...args: PassedAll<A>) => RemoteResult<Awaited<R>, X>
    : never;
};

/** A result that is on its way: a promise, on which methods of the result can be called without waiting for it. */
export type RemoteResult<T, X extends KnownTypes = NoTypes> = Promise<Received<T, X>> &
  WillBe<T> &
  MethodsOfResult<NonNullable<T>, X>;

/** A value of a container that is on its way: what was put in, on whose methods calls can be made without waiting for it. */
export type ContainerResult<T> = Promise<T> & WillBe<T> & MethodsOfResult<NonNullable<T>, NoTypes>;

/*
 * What a client can call of a list, an object, a Map or a Set that is plain data in the server, before it has read it: the
 * names that plain-values.ts runs. A method that gives the value itself gives `undefined` here.
 */

/** A list. */
export interface PlainList<T> {
  at(index: Passed<number>): ContainerResult<T | undefined>;
  concat(...items: readonly Passed<T | readonly T[]>[]): ContainerResult<T[]>;
  fill(value: Passed<T>, start?: Passed<number>, end?: Passed<number>): Promise<void>;
  includes(item: Passed<T>, from?: Passed<number>): Promise<boolean>;
  indexOf(item: Passed<T>, from?: Passed<number>): Promise<number>;
  join(separator?: Passed<string>): Promise<string>;
  lastIndexOf(item: Passed<T>, from?: Passed<number>): Promise<number>;
  pop(): ContainerResult<T | undefined>;
  push(...items: readonly Passed<T>[]): Promise<number>;
  reverse(): Promise<void>;
  shift(): ContainerResult<T | undefined>;
  slice(start?: Passed<number>, end?: Passed<number>): ContainerResult<T[]>;
  sort(): Promise<void>;
  splice(start: Passed<number>, count?: Passed<number>, ...items: readonly Passed<T>[]): ContainerResult<T[]>;
  unshift(...items: readonly Passed<T>[]): Promise<number>;
}

/** A `Map`. */
export interface PlainMap<K, V> {
  get(key: Passed<K>): ContainerResult<V | undefined>;
  set(key: Passed<K>, value: Passed<V>): Promise<void>;
  has(key: Passed<K>): Promise<boolean>;
  delete(key: Passed<K>): Promise<boolean>;
  clear(): Promise<void>;
}

/** A `Set`. */
export interface PlainSet<T> {
  add(item: Passed<T>): Promise<void>;
  has(item: Passed<T>): Promise<boolean>;
  delete(item: Passed<T>): Promise<boolean>;
  clear(): Promise<void>;
}

/** An object without methods. */
export interface PlainRecord<T> {
  get<K extends keyof T & string>(name: K): ContainerResult<T[K]>;
  set<K extends keyof T & string>(name: K, value: Passed<T[K]>): Promise<void>;
  has(name: Passed<string>): Promise<boolean>;
  delete(name: Passed<keyof T & string>): Promise<boolean>;
  keys(): ContainerResult<(keyof T & string)[]>;
}

/** What can be called of a copy, by what it is: nothing of dates, bytes and the like. */
export type PlainMethods<T> = T extends readonly (infer I)[]
  ? PlainList<I>
  : T extends ReadonlyMap<infer K, infer V>
    ? PlainMap<K, V>
    : T extends ReadonlySet<infer I>
      ? PlainSet<I>
      : unknown;

/** What can be called before it is there: `undefined` has no methods, which is then the error of the call. */
type MethodsOfResult<T, X extends KnownTypes> = [T] extends [never]
  ? unknown
  : [T] extends [object]
    ? MethodsOfObject<T, X> & { readonly [Symbol.toStringTag]: string }
    : unknown;

type MethodsOfObject<T, X extends KnownTypes> = [T] extends [{ readonly [REF]: object } | StandsFor<unknown>]
  ? RemoteMethods<T>
  : [T] extends [Copied]
    ? PlainMethods<T>
    : HasMethods<T> extends true
      ? MethodsOfNamed<T, NamesOf<T, X>, X>
      : PlainRecord<T>;

type MethodsOfNamed<T, K extends keyof X, X extends KnownTypes> = [K] extends [never]
  ? RemoteMethods<T, X> & RemoteProperties<T, X>
  : RemoteMethods<X[K][1], X> & RemoteProperties<X[K][1], X>;

type PropertiesOf<T> = { [K in keyof T]: T[K] extends AnyFunction ? never : K }[keyof T];

/** How a client reads and writes the properties of an object. */
export interface RemoteProperties<T, X extends KnownTypes = NoTypes> {
  /** Reads a property. */
  get<K extends PropertiesOf<T>>(name: K): RemoteResult<T[K], X>;
  /** Writes a property. */
  set<K extends PropertiesOf<T>>(name: K, value: Passed<T[K]>): Promise<void>;
}

/** What a loop over an object yields. */
type Iterated<T, X extends KnownTypes> = T extends Iterable<infer I> | AsyncIterable<infer I>
  ? {
      /** What is in it now. */
      [Symbol.asyncIterator](): AsyncIterableIterator<Received<I, X>, void, undefined>;
    }
  : unknown;

/**
 * The object of a server, as a client has it: what it exposes, each method as a call over the connection.
 *
 * @typeParam T what is exposed of it
 * @typeParam O the whole object, as a task has it in the server
 * @typeParam X the types of the definition: for what its methods give
 */
export type Remote<T, O = T, X extends KnownTypes = NoTypes> = RemoteMethods<T, X> &
  RemoteProperties<T, X> &
  StandsFor<O> &
  Iterated<T, X> & {
    /**
     * Runs a task on the object, in the server and alone: no other call on it begins meanwhile.
     *
     * @param task imported by a server that this program has started; any other server must have defined it
     */
    update<A extends readonly unknown[], R>(
      task: (object: O, ...args: A) => R,
      ...args: A
    ): RemoteResult<Awaited<R>, X>;
    /** Lets go of it: the server may drop it. */
    [Symbol.dispose](): void;
  };
