/** What every put into a `PriorityQueue` takes. */
export interface Priority {
  /** A finite number; less comes first. Default: 0. */
  priority?: number | undefined;
}
