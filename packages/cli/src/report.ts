/*
 * What the inspector knows, as plain data: everything here survives `JSON.stringify`. Times are milliseconds since 1970, sizes
 * are bytes. What a file does not say, or what could not be read, is absent.
 *
 * | function                      | answers                                                                     |
 * | ----------------------------- | --------------------------------------------------------------------------- |
 * | snapshot(options?)            | Snapshot: everything in the directory, as it looks now                      |
 * | inspect(name, options?)       | Inspection: one object with its processes; throws NotFoundError             |
 * | rates(previous, next)         | Map from the file of an object to its Rates between two snapshots           |
 * | watch(name, options?)         | async iterator of ObjectEvent: what happens to one object                   |
 * | doctor(options?)              | Promise of Diagnosis: what works on this machine, and what would not        |
 * | gc({ dryRun?, directory? })   | Removal: what only the dead left, removed or listed                         |
 * | remove(name), unlock(name)    | the two that change something                                               |
 *
 * snapshot, inspect, rates, gc, remove and unlock are synchronous. remove and unlock answer a Change. A look takes no lock and changes nothing.
 */

/** A thread that takes part, as an object names it. */
export interface ThreadReport {
  /** Id of its agent: a number that is never used again. */
  agent: number;
  /** 0 when nothing is left of it. */
  pid: number;
  /** Worker thread number; 0 = the main thread. */
  threadId: number;
  alive: boolean;
}

/** A thread that has an object, or a part of it. */
export interface HolderReport extends ThreadReport {
  /** As what: `owner`, `writer`, `reader`, `permit`, `party`, `lease`, `left end`, `putting`, `taking`, … */
  role: string;
  /** How many: reads that are open, permits, leases. */
  count: number;
  /** When this acquisition was first seen held by a thread that waited for it or asked. Absent: none has. */
  since?: number;
}

/** A thread that waits for an object. The longest waiting is the first. */
export interface WaiterReport extends ThreadReport {
  /** For what: `acquire`, `write`, `read`, `put`, `get`, `join`, `receive`, `send`, … */
  for: string;
  /** Whether its thread is blocked, or waits in its event loop. `unknown`: it runs just now, or waits for several things. */
  how: 'sync' | 'async' | 'unknown';
  /** It was woken, and did not try yet. */
  chosen: boolean;
}

/** A process as it stands in an object's header. */
export interface CreatorReport {
  pid: number;
  alive: boolean;
  /** Its command line. Absent when it is gone, or its number belongs to a younger process. */
  command?: string;
}

/** Numbers of an object. Which of them there are depends on its kind. */
export interface Measures {
  /** Queue: items that can be taken. Pipe: messages on their way, both directions. Pool worker: jobs not begun. */
  depth?: number;
  /** Queue, pipe: bytes of those. SharedMap: bytes of its entries. SharedMemory, SharedArray: bytes of the data. */
  bytes?: number;
  /** Queue: items that consumers have and did not acknowledge. */
  leased?: number;
  /** Queue: dead letters. */
  letters?: number;
  /** JoinableQueue: items not done with. */
  unfinished?: number;
  /** Queue: the most items, if there is a limit. */
  maxSize?: number;
  /** Queue: the most bytes, if there is a limit. */
  maxBytes?: number;
  /** Semaphore: free permits. */
  permits?: number;
  /** Semaphore: permits that it began with. */
  initialPermits?: number;
  /** Barrier: how many have to come. */
  parties?: number;
  /** Barrier: how many have come. */
  arrived?: number;
  /** RWLock: reads that are open. */
  readers?: number;
  /** Condition: waits that were not notified. */
  waiting?: number;
  /** SharedMap: entries. SharedArray, ShareableList: elements. */
  length?: number;
  /** Fencing token of the present, or else the last, acquisition. */
  token?: number;
}

/**
 * What only grows, so that two looks give a rate. Queue: `puts`, `gets`, `putBytes`, `getBytes`. Locks: `acquisitions`.
 * Event: `sets`. Barrier: `generations`. Pipe: `leftSent`, `rightSent`, `leftBytes`, `rightBytes`. Pool worker: `begun`, `ended`.
 * Everything with waiters: `rescued`, waits that ended without a wake: 0 unless somebody was killed.
 */
export type Counters = Record<string, number>;

/** One object: a segment that is not a part of another one. */
export interface ObjectReport {
  /** Its file in the directory: what tells it from all others. */
  file: string;
  /** The user's name. */
  name?: string;
  /** `Lock`, `Queue`, `pipe`, `worker of a Pool`, … */
  kind: string;
  /** It belongs to the workings of a package, as the channel of a process or of a pool's worker: no user made it. */
  inner: boolean;
  /** Version of its layout. */
  version: number;
  /** Bytes of its file and its satellites. */
  size: number;
  /** How many files belong to it besides its own. */
  satellites: number;
  /** Messages on their way that mention it. */
  pins: number;
  created: number;
  creator: CreatorReport;
  /** Processes that have it mapped, as far as this user may see. */
  users: number[];
  /** In one or two words: `free`, `held`, `abandoned`, `open`, `shut down`, `set`, `broken`, … */
  state: string;
  holders: HolderReport[];
  waiters: WaiterReport[];
  measures: Measures;
  counters: Counters;
  /** Everything else that its kind has to tell: parameters, the value of a Value, … */
  details: Record<string, unknown>;
  /** The file of the lock that it was given instead of its own. */
  givenLock?: string;
  /** What changed between the two readings of this look, so that it may not fit together: `measures.depth`, `holders`, … */
  torn: string[];
  /** Why it could not be described: an unknown layout version, a cut file. */
  problem?: string;
}

/** One JavaScript thread that takes part. */
export interface AgentReport extends ThreadReport {
  /** When its page was made. */
  created: number;
  /** `asleep` blocked in a wait; `event loop` idle or busy there with waits; `awake` everything else; `dead`. */
  mode: 'asleep' | 'event loop' | 'awake' | 'dead';
  /** Something it waits for was made available, and it did not look yet. */
  rung: boolean;
  /** A blocking wait without timeout for what only its owner can release. */
  waitsFor?: {
    /** Id of the owner's agent. */
    agent: number;
    /** In words, as errors call it. */
    title: string;
    /** How often the wait has found that owner again. */
    looks: number;
  };
}

/** What one process or one of its threads has, or waits for. */
export interface Tie {
  /** File of the object. */
  file: string;
  /** Id of the agent. */
  agent: number;
  /** The holder's `role`, or what the waiter waits `for`. */
  role: string;
  count: number;
}

/** A process with agents, or with a segment mapped, or one that an object names. */
export interface ProcessReport {
  pid: number;
  /** Its parent, 0 when it is gone. */
  parent: number;
  alive: boolean;
  /** `running`, `sleeping`, `waiting for the disk`, `stopped`, `traced`, `zombie`, `gone`. */
  state: string;
  /** Its command line; empty when it is gone. */
  command: string;
  started?: number;
  /** Bytes of memory that it has. */
  memory?: number;
  /** Ids of its agents. */
  agents: number[];
  holds: Tie[];
  waits: Tie[];
}

/** A pool, put together from the channels to its workers. */
export interface PoolReport {
  /** `<agent>.<number>`: the thread that made it, and which of its pools it is. */
  id: string;
  owner: ThreadReport;
  workers: PoolWorkerReport[];
}

export interface PoolWorkerReport {
  /** File of its channel: what tells it from all others. */
  file: string;
  /** Absent while it starts. */
  thread?: ThreadReport;
  /** `starting`, `idle`, `busy`, `dead`. */
  state: 'starting' | 'idle' | 'busy' | 'dead';
  /** When its channel was made. */
  created: number;
  /** Jobs that it has begun. */
  begun: number;
  /** Jobs that it has ended, well or not. */
  ended: number;
  /** Jobs and other orders sent ahead, that it did not take yet. */
  depth: number;
}

/** Threads that wait for each other in a ring. */
export interface CycleReport {
  /**
   * `deadlock`: every one of them is blocked in a wait without timeout, or the like was seen twice. `possible`: at least one waits in
   * its event loop, where another of its tasks may release what the next one waits for.
   */
  certainty: 'deadlock' | 'possible';
  /** Each waits for `file`, which the next one holds; the last for the first. */
  members: CycleMember[];
}

export interface CycleMember extends ThreadReport {
  /** File of the object that it waits for; absent when only the wait's title is known. */
  file?: string;
  /** What it waits for, in words. */
  title: string;
}

/** A file that only the dead left: `gc` removes it. */
export interface LeftoverReport {
  file: string;
  /** `agent`, `doorbell`, `process lock`, `segment`, `satellite`, `socket`, `half-made file`. */
  what: string;
  size: number;
}

/** Everything in the directory, as it looks at one moment, or nearly so. */
export interface Snapshot {
  /** When the look began. */
  at: number;
  /** How long it took, in milliseconds. */
  took: number;
  directory: string;
  /** Whether there is such a directory: without, nothing is shared. */
  exists: boolean;
  /** Why it could not be read. */
  problem?: string;
  objects: ObjectReport[];
  agents: AgentReport[];
  processes: ProcessReport[];
  pools: PoolReport[];
  leftovers: LeftoverReport[];
  cycles: CycleReport[];
}

export interface SnapshotOptions {
  /** The segment directory. Default: `$MP_DIR`, else that of this user. */
  directory?: string;
}

/** One object with all around it. */
export interface Inspection {
  at: number;
  directory: string;
  object: ObjectReport;
  /** The agents that hold it or wait for it. */
  agents: AgentReport[];
  /** The processes that made it, use it, hold it or wait for it. */
  processes: ProcessReport[];
  /** Its satellites and pins. */
  files: { file: string; kind: string; size: number }[];
  /** The pool that it is a part of. */
  pool?: PoolReport;
  cycles: CycleReport[];
}

/** Per second, between two snapshots; the keys are those of {@link Counters}. */
export type Rates = Record<string, number>;

/** Something that happened to one object between two looks. */
export interface ObjectEvent {
  at: number;
  file: string;
  /** `appeared`, `state`, `acquired`, `released`, `waits`, `left`, `died`, `depth`, `moved`, `gone`. */
  event: string;
  /** In a sentence without a time. */
  text: string;
  thread?: ThreadReport;
}

/** One thing that the doctor looked at. */
export interface Check {
  name: string;
  verdict: 'ok' | 'warning' | 'failed';
  /** What was found. */
  found: string;
  /** What that means, and the way out; absent when all is well. */
  advice?: string;
}

export interface Diagnosis {
  at: number;
  directory: string;
  checks: Check[];
}

/** What was removed, or would be. */
export interface Removal {
  dryRun: boolean;
  directory: string;
  files: LeftoverReport[];
  bytes: number;
}

/** What came of a command that changes one object. */
export interface Change {
  /** Empty when there is none of that name. */
  file: string;
  /** Whether it is as the user wants it now. */
  done: boolean;
  /** In a sentence. */
  text: string;
}
