// For other @mp packages: everything, in one file.
export { pageSize } from '@mp/native';
export { watchAbort } from './aborts.ts';
export { type Agent, type AgentInfo, type AgentPage, agentPageIn, PAGE_BYTES, thisAgent } from './agent.ts';
export { AheadLoop, type AheadPlan } from './ahead-loop.ts';
export { CHANNEL_DESCRIBER, Channel } from './channel.ts';
export type { SyncWaitOptions, WaitOptions } from './deadline.ts';
export { atDeadline, deadlineIn, deadlineOf, deadlineOfSync, timeLeft } from './deadline.ts';
export { describers } from './describers.ts';
export {
  type Describer,
  type Describers,
  type Description,
  description,
  type Holding,
  type Look,
  type Waiting,
} from './description.ts';
export { type FoundDirectory, lookForDirectory, pathOf, segmentDirectory } from './directory.ts';
export * from './errors.ts';
export {
  type Carrier,
  dropPin,
  HANDLE,
  type HandleDecoder,
  type HandleRecord,
  handleDecoders,
  isHeld,
  type Move,
  type Portable,
  REFUSE,
  registerHandle,
  segmentCarrier,
} from './handle.ts';
export * from './header.ts';
export { largestFit } from './largest-fit.ts';
export { ListeningSocket } from './listening-socket.ts';
export { LookedAt, lookAt } from './look.ts';
export { Loop } from './loop.ts';
export { keepOrder } from './memory-order.ts';
export { messageBuffer, messageCopy, messageLength, NO_PIECES } from './message-buffer.ts';
export { checkOptions } from './options.ts';
export { PagedLoop } from './paged-loop.ts';
export { parkingLot } from './parking-lot.ts';
export { NO_PINS, Pins } from './pins.ts';
export {
  checkParameters,
  type Opened,
  openPrimitive,
  type Parameter,
  Primitive,
} from './primitive.ts';
export {
  childEnded,
  childHasEnded,
  childStarted,
  isHolderAlive,
  lifeLock,
  watchParent,
} from './process-lock.ts';
export { randomName } from './random.ts';
export { LARGEST_INLINE, RecordRing, RING_WORDS, type RingRecord } from './record-ring.ts';
export { countSince, type RingLook, ringIn } from './ring-look.ts';
export { checkName, Segment, type SegmentPlan } from './segment.ts';
export { NO_SHAPE, Shape } from './shape.ts';
export { ShapeTable } from './shape-table.ts';
export { Shapes } from './shapes.ts';
export { INSIDE, NOBODY_RUNG, NOT_SENT, SENT, type ShortPlaces, ShortWay } from './short-way.ts';
export { READABLE, StreamSocket, WRITABLE } from './stream-socket.ts';
export { type Broom, removing, sweep, sweepBy } from './sweep.ts';
export { systemCall } from './system-call.ts';
export { type NamedTask, namedTask, registerTaskNamer } from './task-namer.ts';
export { type ThisThread, thisThread } from './this-thread.ts';
export { singleton, type ThreadState, threadState } from './thread-state.ts';
export { type TraceEvents, trace } from './trace.ts';
export { dueTurn } from './turn.ts';
export { UnseenErrors } from './unseen-errors.ts';
export {
  type Attempt,
  asGot,
  CHOSEN,
  type Finish,
  IS_TOLD,
  LOOK,
  NOT_SHORT,
  type Reason,
  type Short,
  TAKES_BYTES,
  UNINVITED,
  Wait,
} from './wait.ts';
export { WaitLine } from './wait-line.ts';
export { type Readiness, WAITABLE, type Waitable, waitAny, waitAnySync } from './waitable.ts';
export { KIND_ANY, rescuedIn, WaiterTable, waitersIn, waiterTableWords } from './waiter-table.ts';
export { OwnerWait, type PublishedWait, publishedWaitIn, type Waiter } from './waits-for.ts';
export { type Unseen, WorkResult } from './work-result.ts';
