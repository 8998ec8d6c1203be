import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkOptions, MpError, registerTaskNamer, singleton } from '@mp/core/internal';
import { importTasks } from './import-scope.ts';
import { isWithoutFile, urlForChildren } from './main-module.ts';
import { moduleUrl, type TaskHome } from './module-url.ts';
import { isRewritten } from './rewritten.ts';
import { compile } from './self-contained.ts';

/*
 * A closure cannot cross a process boundary, but a module can be imported on both sides. A task is a function or class
 * that both sides find again in its module: by its name, or, when it has none, by where in the file it was made into a
 * task. Kind, number of parameters and source text are compared too, so that a file edited in between is an error and
 * never another function.
 */

/** What {@link task} may be told. */
export interface TaskOptions {
  /** Its name within the module; needed only for several tasks made by one call in a loop. */
  name?: string;
  /** Whether it does no harm when it runs more than once for one call, so that a pool may try it again. Default: `false`. */
  idempotent?: boolean;
}

/** How a task is named to another process: plain data. */
export interface TaskRef {
  /** URL of its module, without query. */
  url: string;
  /** Its name, or `line:column` of the call that made it. */
  key: string;
  kind: 'function' | 'class';
  arity: number;
  /** Digest of its source text. */
  digest: string;
  /** The text itself, of a function that no module has. */
  source?: string;
  /** Whether its text is not that of its file because a test runner rewrote it: then its name, if it has one, counts. */
  isRewritten?: boolean;
}

// biome-ignore lint/complexity/noBannedTypes: whatever can be called or constructed
type Callable = Function;

interface Known extends TaskRef {
  callable: Callable;
  /** `line:column` of the call that made it. */
  place: string;
  /** Whether its name was given on purpose. */
  isNamed: boolean;
  /** Whether it may run more than once for one call. */
  isIdempotent: boolean;
  /** In ms since 1970. */
  definedAt: number;
  /** The module instance that defined it: a second definition there is a mistake, one elsewhere a second copy. */
  home: unknown;
  ambiguous: boolean;
  /** Whether it is part of these packages, not of a program: no stranger may name it. */
  isOwn: boolean;
}

interface Registry {
  byCallable: WeakMap<Callable, Known>;
  byKey: Map<string, Known>;
}

function registry(): Registry {
  return singleton('tasks', () => ({ byCallable: new WeakMap(), byKey: new Map() }));
}

/**
 * Makes a function or class known to other processes, once, where it is defined. It stays what it is: calling
 * `square(3)` runs here, `pool.apply(square, [3])` runs there.
 *
 * The module is imported in the other process, so it must be importable without side effects: what starts things
 * stands behind {@link isMain}. Python pickles functions by the name of their module in the same way.
 *
 * @param where `import.meta`, the `module` of CommonJS, or the file URL of this module
 * @param callable the function, or the class that extends `Process`
 * @param options `name` where several tasks come from one line of code; `idempotent` when a pool may run it again for one call
 * @returns `callable` itself
 * @throws TypeError when `where` is not a module, or the name is taken in this module
 *
 * @example
 * ```js
 * import { task, isMain, Process } from '@mp/process';
 *
 * export const greet = task(import.meta, (name) => console.log(`hello ${name}`));
 *
 * if (isMain(import.meta)) {
 *   const child = new Process({ target: greet, args: ['world'] });
 *   child.start();
 *   await child.join();
 * }
 * ```
 */
export function task<C extends Callable>(where: TaskHome, callable: C, options: TaskOptions = {}): C {
  const url = urlForChildren(moduleUrl(where, 'A task'));
  if (typeof callable !== 'function') {
    throw new TypeError(
      `A task must be a function or a class, not ${callable === null ? 'null' : typeof callable}`,
    );
  }
  checkOptions(options, 'task()', ['name', 'idempotent']);
  const { idempotent = false } = options;
  if (typeof idempotent !== 'boolean')
    throw new TypeError(`idempotent must be a boolean, not a ${typeof idempotent}`);
  const { byCallable, byKey } = registry();
  const { name = callable.name } = options;
  if (typeof name !== 'string' || options.name === '') {
    throw new TypeError(
      `The name of a task must be a string with something in it, not ${JSON.stringify(name) ?? typeof name}`,
    );
  }
  const place = callSite();
  const known: Known = {
    url,
    key: name || place,
    place,
    kind: isClass(callable) ? 'class' : 'function',
    arity: callable.length,
    digest: digestOf(callable),
    callable,
    home: typeof where === 'string' ? where : where instanceof URL ? where.href : where,
    isNamed: options.name !== undefined,
    isIdempotent: idempotent,
    definedAt: Date.now(),
    ambiguous: false,
    isOwn: false,
  };
  let before = rival(known);
  if (before !== undefined && before.place !== place && !(before.isNamed && known.isNamed)) {
    // Minifiers give functions of a bundle the same name: those that were not named on purpose go by their places.
    for (const each of [before, known]) if (!each.isNamed) each.key = each.place;
    byKey.delete(idOf({ url, key: name }));
    byKey.set(idOf(before), before);
    before = rival(known);
  }
  if (before !== undefined) {
    if (!isPlace(known.key))
      throw new TypeError(`The task ${name} is defined twice in ${url}: give one of them another { name }`);
    before.ambiguous = true;
    known.ambiguous = true;
  }
  byKey.set(idOf(known), known);
  byCallable.set(callable, known);
  return callable;
}

/** A task of these packages, like the life of a worker: a program does not name it, and a stranger must not. */
export function ownTask<C extends Callable>(where: TaskHome, callable: C, options?: TaskOptions): C {
  task(where, callable, options);
  const known = registry().byCallable.get(callable) as Known;
  known.isOwn = true;
  return callable;
}

/** Another task of the same name or place in the same instance of its module. */
function rival(known: Known): Known | undefined {
  const { byKey } = registry();
  const before = byKey.get(idOf(known));
  return before?.home === known.home && before?.callable !== known.callable ? before : undefined;
}

/** Makes a function known by its source text alone. */
export function registerInline(callable: Callable, source: string): void {
  const key = callable.name || 'inline';
  const [kind, arity, digest] = ['function' as const, callable.length, digestOf(callable)];
  const known: Known = {
    ...{ url: '', key, kind, arity, digest, source, callable },
    ...{
      home: undefined,
      place: '',
      isNamed: false,
      isIdempotent: false,
      definedAt: 0,
      ambiguous: false,
      isOwn: false,
    },
  };
  registry().byCallable.set(callable, known);
}

/**
 * How another process finds `callable`.
 *
 * @param what how messages call the argument, like `target`
 * @throws TypeError when it is not a task, with the line that makes it one
 * @throws MpError `ERR_MP_TASK_NOT_FOUND` when it is one of a program without a file
 */
export function taskRef(callable: unknown, what: string): TaskRef {
  if (typeof callable !== 'function') {
    throw new TypeError(
      `${what} must be a task, not ${callable === null ? 'null' : typeof callable}: ` +
        'export const work = task(import.meta, (x) => …)',
    );
  }
  const known = registry().byCallable.get(callable);
  if (known === undefined) {
    const name = callable.name || 'work';
    throw new TypeError(
      `${what} must be a task: another process cannot see the ${isClass(callable) ? 'class' : 'function'} ${name} of ` +
        `this one. Define it at the top of a module: export const ${name} = task(import.meta, …); or send its text with ` +
        'inline() if it uses nothing but its parameters',
    );
  }
  if (known.ambiguous) {
    throw new TypeError(
      `${what}: several tasks were made at ${known.url}:${known.key}, and another process could not tell them apart. ` +
        'Name each: task(import.meta, f, { name })',
    );
  }
  const { url, key, kind, arity, digest, source } = known;
  if (isWithoutFile(url)) {
    throw new MpError(
      'ERR_MP_TASK_NOT_FOUND',
      `${what}: another process cannot import the task ${isPlace(key) ? `at ${key}` : key}, because the program it is in is no file ` +
        '(node -e, standard input). Put it into a module, and import it from there; or send its text with inline() if ' +
        'it uses nothing but its parameters',
    );
  }
  const ref: TaskRef = { url, key, kind, arity, digest };
  if (source !== undefined) return { ...ref, source };
  return isRewritten(url, textOf(callable), known.definedAt) ? { ...ref, isRewritten: true } : ref;
}

/** The name of a task for messages. */
export function taskName(ref: TaskRef): string {
  if (!isPlace(ref.key)) return ref.key;
  return variableAt(ref) ?? `${ref.url.slice(ref.url.lastIndexOf('/') + 1)}:${ref.key}`;
}

/**
 * Finds the task that another process means; imports its module if need be.
 *
 * @param isTrusted whether the other process may name modules that are not imported yet, texts, and tasks of these packages
 * @throws MpError `ERR_MP_TASK_NOT_FOUND`, `ERR_MP_TASK_MISMATCH`
 */
export async function findTask(ref: TaskRef, isTrusted = true): Promise<Callable> {
  if (ref.source !== undefined && isTrusted) return inlined(ref.source);
  let found = lookUp(ref);
  if (found === undefined && isTrusted) {
    await importTasks(ref.url);
    found = lookUp(ref);
  }
  if (found?.isOwn && !isTrusted) found = undefined;
  if (found !== undefined && sameTask(found, ref)) return found.callable;
  const name = taskName(ref);
  if (found !== undefined) {
    throw new MpError(
      'ERR_MP_TASK_MISMATCH',
      `The task ${name} of ${ref.url} is not the same in the other process: ${difference(found, ref)}. Was the file ` +
        'changed while the program runs? Then start the program again. Or does a loader or a test runner rewrite it in ' +
        'one of the two? Then move the task to a module that is left alone',
    );
  }
  const missing = `The task ${name} is not defined when ${ref.url} is imported in another process`;
  const named = 'give it a name, by which it is found there: task(…, f, { name })';
  if (ref.isRewritten && isPlace(ref.key)) {
    throw new MpError(
      'ERR_MP_TASK_NOT_FOUND',
      `${missing} with the text that it has here, which a test runner has rewritten: ${named}`,
    );
  }
  throw new MpError(
    'ERR_MP_TASK_NOT_FOUND',
    `${missing}. Define it at the top level of the module, not inside a function or behind a condition${
      isPlace(ref.key)
        ? `; or, if a loader or a test runner rewrites the module in one of the two, ${named}`
        : ''
    }`,
  );
}

/** Compiled anew for each call of this, and known here, so that the function may send itself on. */
function inlined(source: string): Callable {
  const callable = compile(source);
  registerInline(callable, source);
  return callable;
}

/** The task of that name or place; for a nameless one that is not there, the only one with its source text. */
function lookUp(ref: TaskRef): Known | undefined {
  const { byKey } = registry();
  const found = byKey.get(idOf(ref));
  if (!isPlace(ref.key) || (found !== undefined && sameTask(found, ref))) return found;
  const same = [...byKey.values()].filter(
    (each) => each.url === ref.url && isPlace(each.key) && sameTask(each, ref),
  );
  return same.length === 1 ? same[0] : found;
}

/** Whether a task has no name and goes by where it was made. */
function isPlace(key: string): boolean {
  return /^\d+:\d+$/.test(key);
}

function sameTask(found: Known, ref: TaskRef): boolean {
  if (found.ambiguous || found.kind !== ref.kind || found.arity !== ref.arity) return false;
  return found.digest === ref.digest || (ref.isRewritten === true && !isPlace(ref.key));
}

function difference(found: Known, ref: TaskRef): string {
  if (found.ambiguous) return 'several are made in that place there';
  if (found.kind !== ref.kind) return `it is a ${found.kind}, and was sent as a ${ref.kind}`;
  if (found.arity !== ref.arity) return `it has ${found.arity} parameters, and was sent with ${ref.arity}`;
  if (ref.isRewritten) return 'its source text differs, because a test runner has rewritten it';
  return 'its source text differs';
}

function idOf({ url, key }: { url: string; key: string }): string {
  return `${url}#${key}`;
}

function textOf(callable: Callable): string {
  return Function.prototype.toString.call(callable);
}

function isClass(callable: Callable): boolean {
  return /^class\b/.test(textOf(callable));
}

/** 64 bits (FNV-1a, twice) tell an edited function; `node:crypto` would cost every child 3 ms. */
function digestOf(callable: Callable): string {
  const text = textOf(callable);
  let low = 0x811c9dc5;
  let high = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ low ^ unit, 0x5bd1e995);
  }
  return [low, high].map((word) => (word >>> 0).toString(36)).join('-');
}

/**
 * Line and column of the call of {@link task}, as V8 counts them: the text of a stack depends on source maps, and on
 * other code that formats stacks in this process.
 */
function callSite(): string {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = 1;
    Error.prepareStackTrace = (_, sites) => sites;
    const holder: { stack?: NodeJS.CallSite[] } = {};
    Error.captureStackTrace(holder, task);
    const [site] = holder.stack ?? [];
    return `${site.getLineNumber()}:${site.getColumnNumber()}`;
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** The variable, or property, that a nameless task was assigned to, read from its source for messages. */
function variableAt(ref: TaskRef): string | undefined {
  try {
    const [line, column] = ref.key.split(':').map(Number);
    const text = readFileSync(fileURLToPath(ref.url), 'utf8')
      .split('\n')
      [line - 1].slice(0, column - 1);
    return (
      /([A-Za-z_$][\w$]*)\s*(?::[^=]*)?[=:]\s*$/.exec(text)?.[1] ??
      (/export\s+default\s*$/.test(text) ? 'default' : undefined)
    );
  } catch {
    return undefined;
  }
}

/** Whether a task was declared to do no harm when it runs more than once. */
export function isIdempotent(fn: unknown): boolean {
  return registry().byCallable.get(fn as Callable)?.isIdempotent === true;
}

registerTaskNamer((callable, what) => ({ ...taskRef(callable, what), isIdempotent: isIdempotent(callable) }));
