import type { Outcome } from './job.ts';

/**
 * A listener may do anything, also block this thread: it is not called while the pool reads what a worker sent, and the
 * outcome comes behind what it is told.
 */
export function listened(
  result: Outcome & { readonly ready: boolean },
  onProgress: (value: unknown) => void,
  abort: (reason: unknown) => void,
): Outcome {
  const tell = (value: unknown) => {
    if (result.ready) return;
    try {
      onProgress(value);
    } catch (error) {
      result.fail(error);
      abort(error);
    }
  };
  return {
    settle: (value) => queueMicrotask(() => result.settle(value)),
    fail: (error) => queueMicrotask(() => result.fail(error)),
    progress: (value) => queueMicrotask(() => tell(value)),
  };
}
