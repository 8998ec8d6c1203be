import { singleton } from './thread-state.ts';

/** What names a task on any machine that has its module. */
export interface NamedTask {
  /** URL of its module, without query. */
  readonly url: string;
  /** Its name, or `line:column` of the call that made it. */
  readonly key: string;
  readonly kind: 'function' | 'class';
  readonly arity: number;
  /** Digest of its source text. */
  readonly digest: string;
  /** The text itself, of a function that no module has. */
  readonly source?: string | undefined;
  /** Whether it may run more than once for one call. */
  readonly isIdempotent: boolean;
}

/** @param what how messages call the argument. @throws TypeError when it is no task */
type Namer = (callable: unknown, what: string) => NamedTask;

const namer = () => singleton<{ name: Namer | undefined }>('task-namer', () => ({ name: undefined }));

/** `@mp/process` says how tasks are named, for packages that give them away and do not run them. */
export function registerTaskNamer(name: Namer): void {
  namer().name = name;
}

/** @throws TypeError when it is no task */
export function namedTask(callable: unknown, what: string): NamedTask {
  const { name } = namer();
  if (name === undefined)
    throw new TypeError(
      `${what} must be a task, and there is none in this program: export const work = task(import.meta, (x) => …), with task() of @mp/pool`,
    );
  return name(callable, what);
}
