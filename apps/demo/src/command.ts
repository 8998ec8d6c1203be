/** One thing that the demo does: `npm run demo -- <name> [arguments]`. */
export interface Command {
  /** Lines that say how it is called. */
  usage: string;
  /**
   * @param args what stands behind its name
   * @returns the exit code: 0, 1 when it failed, 2 when it does not understand its arguments
   */
  run(args: readonly string[]): Promise<number>;
}

/** Arguments that a command does not understand: its usage is shown, and the exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
