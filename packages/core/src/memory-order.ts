/** On this processor loads keep their order among each other, and so do stores. */
const KEEPS_ORDER = process.arch === 'x64';
const fence = new Int32Array(new SharedArrayBuffer(4));

/**
 * What was loaded and stored before, also without `Atomics`, comes before all that is loaded and stored after. On arm64
 * `Atomics` alone keep back neither a plain load that stands before an `Atomics.load`, nor a plain store that stands after an
 * `Atomics.store`. So what is read without a lock needs this between the copy and the second look at its version, and a
 * writer needs it between the new version and the first store of what that stands for.
 */
export function keepOrder(): void {
  if (KEEPS_ORDER) return;
  // No older processor lets a load of this kind pass a store of this kind; the exchange alone lets later stores pass.
  Atomics.add(fence, 0, 0);
  Atomics.load(fence, 0);
}
