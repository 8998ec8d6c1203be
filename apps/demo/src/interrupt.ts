import { constants } from 'node:os';

/** Ctrl-C, `kill`, and a terminal that is closed. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** npm passes Ctrl-C on to a program that the terminal has told already: that is not a second one. */
const SAME_MS = 1_000;

/**
 * Runs `work` with a signal that is aborted when the user wants the program to end: `work` then puts everything in order,
 * and ends. A second Ctrl-C ends the process at once.
 *
 * @param onStopped is called when it rejects because it was aborted: to say so
 * @returns the exit code: what `work` answers; if it rejects because it was aborted, 128 and the number of the signal,
 * as shells count
 */
export async function interruptible(
  work: (stop: AbortSignal) => Promise<number>,
  onStopped = () => {},
): Promise<number> {
  const stop = new AbortController();
  let exitCode = 0;
  let first = 0;
  const end = (signal: NodeJS.Signals) => {
    if (stop.signal.aborted && performance.now() - first > SAME_MS) process.exit(exitCode);
    if (stop.signal.aborted) return;
    first = performance.now();
    exitCode = 128 + constants.signals[signal];
    stop.abort();
  };
  for (const signal of SIGNALS) process.on(signal, end);
  try {
    return await work(stop.signal);
  } catch (error) {
    // Whatever fails then fails because everything was told to end; workers get the Ctrl-C of a terminal, too.
    if (!stop.signal.aborted) throw error;
    onStopped();
    return exitCode;
  }
}
