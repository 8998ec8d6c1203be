export { MpError } from '@mp/core';
export { remove, unlock } from './change.ts';
export { doctor } from './doctor.ts';
export { type GcOptions, gc } from './gc.ts';
export { inspect } from './inspect.ts';
export { rates } from './rates.ts';
export type {
  AgentReport,
  Change,
  Check,
  Counters,
  CreatorReport,
  CycleMember,
  CycleReport,
  Diagnosis,
  HolderReport,
  Inspection,
  LeftoverReport,
  Measures,
  ObjectEvent,
  ObjectReport,
  PoolReport,
  PoolWorkerReport,
  ProcessReport,
  Rates,
  Removal,
  Snapshot,
  SnapshotOptions,
  ThreadReport,
  Tie,
  WaiterReport,
} from './report.ts';
export { snapshot } from './snapshot.ts';
export { type WatchOptions, watch } from './watch.ts';
export { type WebOptions, WebServer } from './web/server.ts';
