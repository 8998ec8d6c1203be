import type { Parameter } from '@mp/core/internal';
import type { Call } from './call.ts';
import { notExposed, type ServerType } from './server-type.ts';

/** What a method of a container gets of a client, which is not checked yet. */
export type Given = readonly unknown[];

/** A container: what its data is, and what clients may do with that. */
export interface Container<T extends object> {
  /** Makes the data of one. */
  make(args: Given): T | Promise<T>;
  /** What must agree with the arguments for a new one, when it is asked for by its name. Absent: nothing. */
  parameters?(target: T, args: Given): readonly Parameter[] | Promise<readonly Parameter[]>;
  /** By the names that clients use. */
  readonly methods: Readonly<Record<string, (target: T, ...args: Given) => unknown>>;
  /** Runs a task on the data. Default: the task gets `target` itself. */
  update?(target: T, run: (given: unknown) => unknown): unknown;
}

/**
 * The type of a kind of container. What is hosted is the data itself: a task, and code of the server, that finds a list in
 * a dict has an array.
 */
export class ContainerType<T extends object> implements ServerType {
  readonly name: string;
  readonly isContainer = true;
  readonly #container: Container<T>;
  readonly #methods: ReadonlyMap<string, (target: T, ...args: Given) => unknown>;

  constructor(name: string, container: Container<T>) {
    this.name = name;
    this.#container = container;
    this.#methods = new Map(Object.entries(container.methods));
  }

  make(args: Given): T | Promise<T> {
    return this.#container.make(args);
  }

  parameters(value: object, args: Given): readonly Parameter[] | Promise<readonly Parameter[]> {
    return this.#container.parameters?.(value as T, args) ?? [];
  }

  invoke(value: object, method: string, args: Given, _call: Call): unknown {
    const run = this.#methods.get(method);
    if (run === undefined) throw notExposed(this.name, method, this.#methods.keys());
    return run(value as T, ...args);
  }

  update(value: object, run: (given: unknown) => unknown): unknown {
    return this.#container.update === undefined ? run(value) : this.#container.update(value as T, run);
  }
}
