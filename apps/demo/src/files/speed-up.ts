/** What a job gave, and how long it took. */
export interface Timed<T> {
  value: T;
  seconds: number;
}

export async function timed<T>(work: () => T | Promise<T>): Promise<Timed<T>> {
  const since = performance.now();
  const value = await work();
  return { value, seconds: (performance.now() - since) / 1000 };
}

/** How fast a job went through so many files. */
export function speedOf(seconds: number, { files, bytes }: { files: number; bytes: number }): string {
  return `${seconds.toFixed(2)} s, ${Math.round(files / seconds)} files/s, ${(bytes / seconds / 1e6).toFixed(1)} MB/s`;
}

/** Says how a pool did, in seconds, beside one process alone. */
export function comparisonOf(pool: number, alone: number): string {
  const times = (alone / pool).toFixed(2);
  return pool < alone
    ? `the pool was ${times} times as fast`
    : `the pool was slower here: ${times} times as fast`;
}
