export type { WaitOptions } from '@mp/core';
export { MpError, RemoteError, SerializationError } from '@mp/core';
export type { Child, ChildOptions } from './child.ts';
export { activeChildren, cpuCount, currentProcess, type ProcessInfo, parentProcess } from './current.ts';
export { isMain } from './is-main.ts';
export type { TaskHome } from './module-url.ts';
export { Process, type ProcessOptions } from './process.ts';
export { type TaskOptions, task } from './task.ts';
export { Thread, type ThreadOptions } from './thread.ts';
