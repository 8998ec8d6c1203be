// For other @mp packages: what a pool needs to send tasks to processes that run already.
export type { Ending } from './child.ts';
export { processState } from './state.ts';
export { findTask, type TaskRef, taskName, taskRef } from './task.ts';
