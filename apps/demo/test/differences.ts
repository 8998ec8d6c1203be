/** Lines of a scene that are not those of its Python port, and why. */
export interface Difference {
  scene: string;
  /** The line here; left out: the scene has none for that of Python. */
  here?: string;
  /** The line of Python; left out: Python has none for that of the scene. */
  python?: string;
  why: string;
}

/** Everything else is the same in both. */
export const DIFFERENCES: readonly Difference[] = [];
