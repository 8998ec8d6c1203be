import type { Kind } from './header.ts';

/** What is known of the segment whose pages a buffer shows. */
export interface ShownSegment {
  readonly file: string;
  readonly kind: Kind;
  readonly version: number;
}

/**
 * What one JavaScript thread keeps for all of `@mp`, once, under a registered symbol: two installed copies of this
 * package then share one agent, one directory and one set of registries, instead of quietly being two.
 */
export interface ThreadState {
  /** The segment directory in use: given by a child's bootstrap, else found at the first need. */
  directory?: string;
  /** URL of the script that the first process was started with, told on to every child. */
  entry?: string;
  /** URL of the module that defined this thread's task, from which packages of received handles may be found. */
  taskModule?: string;
  /** Whether this thread was started by `@mp/process`, so that it leaves sweeping to the main process. */
  isChild?: boolean;
  /** Whose pages a buffer of a mapped segment shows, so that a view over it can travel as a handle. */
  readonly segmentBuffers: WeakMap<ArrayBufferLike, ShownSegment>;
  /** Singletons of the files that own them, by the name of the concept. */
  readonly singletons: Map<string, unknown>;
}

const KEY = Symbol.for('@mp/core/1');
const realm = globalThis as { [KEY]?: ThreadState };

/** The state of this thread. */
realm[KEY] ??= { segmentBuffers: new WeakMap(), singletons: new Map() };
export const threadState: ThreadState = realm[KEY];

/** The one instance of `name` in this thread, made at the first need. */
export function singleton<T>(name: string, make: () => T): T {
  const known = threadState.singletons.get(name) as T | undefined;
  if (known !== undefined) return known;
  const made = make();
  threadState.singletons.set(name, made);
  return made;
}
