// For other @mp packages, and for children: everything, in one file.
export type { Ending } from './child.ts';
export { activeChildren, cpuCount, currentProcess, parentProcess } from './current.ts';
export { describers } from './describers.ts';
export { inline } from './inline.ts';
export { isMain } from './is-main.ts';
export { keepSpares } from './keep-spares.ts';
export { getLogger, logExit, logState, logToStderr } from './logging.ts';
export { FAILURE, LAST_WORDS, ORDER, type Order, openOrder, takeRecord } from './order.ts';
export { ParentProcess, watch } from './parent-process.ts';
export { Process } from './process.ts';
export { KEEPER, SPARE } from './spares.ts';
export { processState } from './state.ts';
export { putStderr } from './stderr.ts';
export { findTask, isIdempotent, ownTask, type TaskRef, task, taskName, taskRef } from './task.ts';
export { Thread } from './thread.ts';
