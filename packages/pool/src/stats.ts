/** What a pool is doing. */
export interface PoolStats {
  /** Its live workers: process id, answered jobs, and what each is running. */
  workers: { pid: number | undefined; done: number; running: string | undefined }[];
  /** Jobs that wait, or are with a worker. */
  pending: number;
}
