/** On this one, loads keep their order by themselves. */
const LOADS_IN_ORDER = process.arch === 'x64';
const fence = new Int32Array(new SharedArrayBuffer(4));

/**
 * What was loaded before, also without `Atomics`, is loaded before whatever `Atomics` load next: for a look at a version
 * after a copy.
 */
export function finishLoads(): void {
  if (!LOADS_IN_ORDER) Atomics.add(fence, 0, 0);
}
