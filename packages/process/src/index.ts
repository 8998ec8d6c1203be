export type { WaitOptions } from '@mp/core';
export { MpError, RemoteError, SerializationError } from '@mp/core';
export type { Child } from './child.ts';
export type { ChildOptions, RequiredArgs } from './child-options.ts';
export type { ProcessInfo } from './current.ts';
export {
  activeChildren,
  cpuCount,
  currentProcess,
  getLogger,
  inline,
  isMain,
  keepSpares,
  logToStderr,
  Process,
  parentProcess,
  Thread,
  task,
} from './internal.ts';
export type { SpareCounts } from './keep-spares.ts';
export type { Logger, LogLevel } from './logging.ts';
export type { TaskHome } from './module-url.ts';
export type { ParentProcess } from './parent-process.ts';
export type { ProcessOptions } from './process.ts';
export type { TaskOptions } from './task.ts';
export type { ThreadOptions } from './thread.ts';
