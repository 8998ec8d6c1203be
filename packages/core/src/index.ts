// For users of any @mp package: they meet these through it.
export type { SyncWaitOptions, WaitOptions } from './deadline.ts';
export * from './errors.ts';
