import type { Parameter } from '@mp/core/internal';
import type { Call } from './call.ts';
import { notExposed, type ServerType } from './server-type.ts';

/** A class of ours whose instances live in a server. Each of its methods begins with the call that it runs for. */
export interface StandardClass {
  /** Names of its methods that are for clients. */
  readonly exposed: readonly string[];
  /** Makes one of what a client gave, which is not checked yet. */
  make(args: readonly unknown[], call: Call): object | Promise<object>;
  readonly prototype: object;
}

/** An instance of such a class that can be asked for by a name. */
interface Configured {
  /** What must agree with the arguments for a new one. */
  parameters?(args: readonly unknown[]): readonly Parameter[];
}

type Method = (this: object, call: Call, ...args: readonly unknown[]) => unknown;

/** The type of the instances of a class of ours. */
export class StandardType implements ServerType {
  readonly name: string;
  readonly prototype: object;
  readonly #class: StandardClass;
  readonly #methods = new Map<string, Method>();

  constructor(name: string, from: StandardClass) {
    this.name = name;
    this.prototype = from.prototype;
    this.#class = from;
    const methods = from.prototype as Record<string, Method>;
    for (const method of from.exposed) this.#methods.set(method, methods[method]);
  }

  make(args: readonly unknown[], call: Call): unknown {
    return this.#class.make(args, call);
  }

  parameters(value: object, args: readonly unknown[]): readonly Parameter[] {
    return (value as Configured).parameters?.(args) ?? [];
  }

  invoke(value: object, method: string, args: readonly unknown[], call: Call): unknown {
    const run = this.#methods.get(method);
    if (run === undefined) throw notExposed(this.name, method, this.#methods.keys());
    return run.call(value, call, ...args);
  }

  /** Its methods take a call first, and have rules of their own for waits. */
  update(): never {
    throw notExposed(this.name, 'update', this.#methods.keys());
  }

  owns(prototype: object, isOwn: boolean): boolean {
    return isOwn && prototype === this.prototype;
  }

  dispose(value: object): void {
    (value as { dispose?(): void }).dispose?.();
  }
}
