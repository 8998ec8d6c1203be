/** What a scene says about itself: the `scene` that its module exports. Its number stands in the name of its file. */
export interface Scene {
  title: string;
  /** The lines of the article whose sample it ports, like `881–894`. */
  seed: string;
  /** What it reads from standard input. Default: nothing. */
  input?: string;
  /** What it writes to standard error. Default: nothing. */
  stderr?: RegExp;
  /**
   * Looks at what was printed, once the program and all of its children have ended, and throws when it is not right.
   * What a program can see by itself while it runs, it proves there.
   */
  proof?(run: Run): void;
}

/** What a scene did. */
export interface Run {
  /** What it printed. */
  lines: string[];
  stderr: string;
}
