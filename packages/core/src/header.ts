/**
 * The first 256 bytes of every segment file, little endian. `docs/memory-layout.md` has the table for readers;
 * the native part reads `FLAGS`, `SATELLITES` and the name when it removes a file.
 */
export const MAGIC = 0x3153504d;
export const HEADER_BYTES = 256;

/** Word indexes (4 bytes each). */
export const H_MAGIC = 0;
export const H_VERSION = 1;
export const H_KIND = 2;
export const H_FLAGS = 3;
/** Float indexes (8 bytes each). */
export const H_SIZE_F64 = 2;
export const H_CREATED_F64 = 3;
export const H_PID = 8;
export const H_AGENT = 9;
/** How many satellite numbers (`<file>+<n>`) were given out. */
export const H_SATELLITES = 10;
export const H_NAME_LENGTH = 15;
export const NAME_BYTE = 64;

/** First word of the part that belongs to the primitive. */
export const BODY = HEADER_BYTES / 4;

/** Bit of `H_FLAGS`: the user gave the name. */
export const FLAG_NAMED = 1;
/** Bit of `H_FLAGS`: all the same it goes with its last user. */
export const FLAG_TRANSIENT = 2;

/** What a segment holds. Numbers are part of the layout: they are never reused. */
export const KINDS = {
  agent: 1,
  lock: 2,
  rlock: 3,
  rwlock: 4,
  semaphore: 5,
  condition: 6,
  event: 7,
  barrier: 8,
  tickets: 9,
  value: 16,
  array: 17,
  struct: 18,
  memory: 19,
  list: 20,
  map: 21,
  queue: 32,
  ring: 33,
  message: 34,
  simplequeue: 35,
  joinablequeue: 36,
  lifoqueue: 37,
  priorityqueue: 38,
  store: 39,
  pipe: 40,
  channel: 41,
  pool: 42,
  spare: 43,
  jobs: 44,
  tokens: 48,
  cells: 51,
  heap: 52,
  maptable: 56,
  mapcells: 57,
} as const;

export type Kind = keyof typeof KINDS;

const NAMES: Record<Kind, string> = {
  agent: 'agent',
  lock: 'Lock',
  rlock: 'RLock',
  rwlock: 'RWLock',
  semaphore: 'Semaphore',
  condition: 'Condition',
  event: 'Event',
  barrier: 'Barrier',
  tickets: 'tickets of a Condition',
  value: 'Value',
  array: 'SharedArray',
  struct: 'SharedStruct',
  memory: 'SharedMemory',
  list: 'ShareableList',
  map: 'SharedMap',
  queue: 'Queue',
  ring: 'ring of a queue',
  message: 'message',
  simplequeue: 'SimpleQueue',
  joinablequeue: 'JoinableQueue',
  lifoqueue: 'LifoQueue',
  priorityqueue: 'PriorityQueue',
  store: 'store of a queue',
  pipe: 'pipe',
  channel: 'channel of a process',
  pool: 'worker of a Pool',
  spare: 'line to a spare process',
  jobs: 'jobs of a Pool',
  tokens: 'floor of tokens',
  cells: 'cells of a store',
  heap: 'heap of a store',
  maptable: 'table of a SharedMap',
  mapcells: 'cells of a SharedMap',
};

/** Whether a named segment of this kind may go with its last user. */
export function mayBeTransient(kind: Kind): boolean {
  return kind === 'memory' || kind === 'map';
}

/** Whether the user sees all the bytes behind the first page, and nothing else: they are mapped by themselves. */
export function hasOwnPages(kind: Kind): boolean {
  return kind === 'memory';
}

/** The kind with this number; a file with another number was refused when it was opened. */
export function kindOf(code: number): Kind {
  return (Object.keys(KINDS) as Kind[]).find((kind) => KINDS[kind] === code) as Kind;
}

/** The name a user knows the kind by. */
export function kindName(code: number): string {
  const kind = kindOf(code) as Kind | undefined;
  return kind === undefined ? `segment of kind ${code}` : NAMES[kind];
}

/** The same bytes, as the types they are read with. */
export interface SegmentViews {
  readonly words: Int32Array;
  readonly floats: Float64Array;
  readonly bytes: Uint8Array;
}

/** The name of a file, as its header has it: a pin has that of the file that it pins. */
export function nameIn({ words, bytes }: SegmentViews): string {
  const length = Math.min(Math.max(0, words[H_NAME_LENGTH]), HEADER_BYTES - NAME_BYTE);
  return Buffer.from(bytes.subarray(NAME_BYTE, NAME_BYTE + length)).toString('latin1');
}

/** Writes the header that every file of the directory begins with. */
export function writeHeader(
  { words, floats, bytes }: SegmentViews,
  file: string,
  plan: { kind: Kind; version: number; size: number },
  flags: number,
  agent = 0,
): void {
  words[H_MAGIC] = MAGIC;
  words[H_VERSION] = plan.version;
  words[H_KIND] = KINDS[plan.kind];
  words[H_FLAGS] = flags;
  floats[H_SIZE_F64] = plan.size;
  floats[H_CREATED_F64] = Date.now();
  words[H_PID] = process.pid;
  words[H_AGENT] = agent;
  words[H_NAME_LENGTH] = bytes.subarray(NAME_BYTE).length && Buffer.byteLength(file);
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).write(file, NAME_BYTE, 'latin1');
}
