import { compile } from './self-contained.ts';
import { registerInline } from './task.ts';

/**
 * Makes a task of a function that needs nothing but its parameters: its source text travels, and is compiled in the
 * other process. For what has no module to import it from: a REPL, generated code, a one-off. Prefer {@link task}.
 *
 * The function sees none of the variables and imports around it: what it uses must be given to it, or be imported by itself with
 * `await import('node:fs')`. A variable that is missing is a `ReferenceError` in the other process. Python has no counterpart:
 * its lambdas cannot be pickled.
 *
 * @param callable an arrow function, or one made with `function`
 * @returns `callable` itself
 * @throws TypeError when it is not such a function: a class, a method, a bound or a native one
 *
 * @example
 * ```js
 * import { inline, isMain, Process } from '@mp/process';
 *
 * if (isMain(import.meta)) {
 *   const shout = inline((text) => console.log(text.toUpperCase()));
 *   const child = new Process({ target: shout, args: ['hello'] });
 *   child.start(); // HELLO
 *   await child.join();
 * }
 * ```
 */
// biome-ignore lint/complexity/noBannedTypes: whatever can be called
export function inline<F extends Function>(callable: F): F {
  if (typeof callable !== 'function')
    throw new TypeError(`inline() needs a function, not ${callable === null ? 'null' : typeof callable}`);
  const source = Function.prototype.toString.call(callable);
  const what = callable.name || 'the function';
  if (/^class\b/.test(source))
    throw new TypeError(`Cannot inline ${what}: a class needs its module; use task()`);
  try {
    compile(source);
  } catch (cause) {
    const message = `Cannot inline ${what}: only an arrow function, or one made with "function", can be sent as text`;
    throw new TypeError(message, { cause });
  }
  registerInline(callable, source);
  return callable;
}
