/**
 * What the first of several attempts that succeeds comes to. They do not all begin at once: the next one does when one has failed,
 * or when the last one has taken `patience` ms.
 *
 * @param candidates at least one
 * @param attempt gets a signal that aborts when another attempt was faster
 * @param discard gets what an attempt came to all the same
 * @throws AggregateError with the errors of all attempts
 */
export function firstOf<C, T>(
  candidates: readonly C[],
  patience: number,
  attempt: (candidate: C, signal: AbortSignal) => Promise<T>,
  discard: (late: T) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = new AbortController();
    const errors: unknown[] = [];
    let begun = 0;
    let timer: NodeJS.Timeout | undefined;
    const next = () => {
      clearTimeout(timer);
      if (begun === candidates.length) return;
      attempt(candidates[begun++], stop.signal).then(succeeded, failed);
      if (begun < candidates.length) timer = setTimeout(next, patience);
    };
    const succeeded = (got: T) => {
      if (stop.signal.aborted) {
        discard(got);
        return;
      }
      clearTimeout(timer);
      resolve(got);
      stop.abort();
    };
    const failed = (error: unknown) => {
      if (stop.signal.aborted) return;
      if (errors.push(error) === candidates.length) reject(new AggregateError(errors));
      else next();
    };
    next();
  });
}
