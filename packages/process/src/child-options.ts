/** What a {@link Child} may be told. */
export interface ChildOptions<A extends readonly unknown[]> {
  /** The task to run. A subclass with its own `run()` needs none. */
  target?: ((...args: A) => unknown) | undefined;
  /** What it is called with. The values are copied; handles of `@mp` are shared. */
  args?: A | undefined;
  /** Name for messages. Default: the class and a number, like `Process-1`, and `Process-1:1` for its children. */
  name?: string | undefined;
  /** Whether it ends with this process instead of being waited for. Default: whether this process is a daemon. */
  daemon?: boolean | undefined;
}

/** The names of {@link ChildOptions}. */
export const CHILD_OPTIONS = ['target', 'args', 'name', 'daemon'] as const;

/** A task that has to be called with something needs its arguments. */
export type RequiredArgs<A extends readonly unknown[]> = [] extends A ? unknown : { args: A };

/** @throws TypeError when something in them is not what it should be */
export function checkChildOptions(options: ChildOptions<never>): void {
  const { target, args, name, daemon } = options;
  if (target !== undefined && typeof target !== 'function') {
    throw new TypeError(`target must be a task, not ${target === null ? 'null' : typeof target}`);
  }
  if (args !== undefined && !Array.isArray(args))
    throw new TypeError(`args must be an array, not a ${typeof args}`);
  if (name !== undefined && typeof name !== 'string')
    throw new TypeError(`name must be a string, not a ${typeof name}`);
  if (daemon !== undefined && typeof daemon !== 'boolean')
    throw new TypeError(`daemon must be a boolean, not a ${typeof daemon}`);
}

/** @throws TypeError when it is no list of flags */
export function checkFlags(execArgv: readonly string[] | undefined): void {
  if (execArgv !== undefined && !Array.isArray(execArgv))
    throw new TypeError(`execArgv must be an array of strings, not a ${typeof execArgv}`);
  for (const flag of execArgv ?? []) {
    if (typeof flag !== 'string')
      throw new TypeError(`execArgv must be an array of strings, not with a ${typeof flag} in it`);
  }
}
