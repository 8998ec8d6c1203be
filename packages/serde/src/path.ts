/** One step from a value to a part of it: a property, an index, or words for what has neither. */
export type Step = string | number | { readonly words: string };

/** Writes a place as a program would: `args[0].callback`. */
export function pathTo(root: string, steps: readonly Step[]): string {
  let path = root;
  for (const step of steps) {
    if (typeof step === 'number') path += `[${step}]`;
    else if (typeof step === 'object') path += step.words;
    else if (/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(step)) path += `.${step}`;
    else path += `[${JSON.stringify(step)}]`;
  }
  return path.length <= 500 ? path : `${path.slice(0, 240)} … ${path.slice(-240)}`;
}

/** The step to the value that a Map has under `key`. */
export function stepToEntry(key: unknown): Step {
  return { words: `.get(${typeof key === 'string' ? JSON.stringify(key) : nameOf(key)})` };
}

function nameOf(key: unknown): string {
  return typeof key === 'object' || typeof key === 'function' || typeof key === 'symbol'
    ? `a key of type ${typeof key}`
    : String(key);
}
