import {
  countSince,
  type Describer,
  type Describers,
  type Description,
  description,
  type Holding,
  type Look,
  rescuedIn,
  ringIn,
  waitersIn,
} from '@mp/core/internal';
import {
  COUNT,
  DIRTY,
  DONE,
  GET_WAITERS,
  HEAD_LATCH,
  JOIN_WAITERS,
  LEASED,
  LETTER_WAITERS,
  LETTERS,
  MAX_ATTEMPTS,
  MAX_BYTES,
  MAX_SIZE,
  OUT,
  OUT_BYTES,
  PUT_WAITERS,
  QUEUE_VERSION,
  READY,
  READY_BYTES,
  RINGS,
  SHAPES,
  STATE,
  TAIL_LATCH,
  WAITERS_CAPACITY,
} from './layout.ts';
import { leasesIn, type Order } from './store.ts';

/** The part of a latch that names its owner. */
const OWNER = 0x3fffffff;

const STATES = ['open', 'shut down', 'shut down and emptied'];

/** Waiter tables, and what their waiters wait for. */
const TABLES = [
  [PUT_WAITERS, 'put'],
  [GET_WAITERS, 'get'],
  [JOIN_WAITERS, 'join'],
  [LETTER_WAITERS, 'dead letters'],
] as const;

/**
 * A queue. Its counts are differences of two words each, which `QueueState` reads until they fit together; a look reads
 * them once, so a depth may be of no moment at all.
 */
function describerOf(order: Order): Describer {
  return { version: QUEUE_VERSION, bytes: SHAPES * 4, describe: (look) => describe(look, order) };
}

function describe(look: Look, order: Order): Description {
  const { words, floats } = look;
  const ring = ringIn(look, RINGS);
  const ready = words[READY] & COUNT;
  const leases = leasesIn(look);
  // Items on their way out of the ring are counted twice for a moment, or not at all.
  const depth = order === 'arrival' ? ring.depth + ready : countSince(words[OUT], ring.written);
  const bytes =
    order === 'arrival' ? ring.bytes + floats[READY_BYTES] : ring.writtenBytes - floats[OUT_BYTES];
  const limits = {
    ...(words[MAX_SIZE] > 0 && { maxSize: words[MAX_SIZE] }),
    ...(floats[MAX_BYTES] > 0 && { maxBytes: floats[MAX_BYTES] }),
  };
  return description(STATES[words[STATE]] ?? 'damaged', {
    holders: [
      ...latch(words[TAIL_LATCH], 'putting'),
      ...latch(words[HEAD_LATCH], 'taking'),
      ...(leases ?? []),
    ],
    waiters: TABLES.flatMap(([table, what]) => waitersIn(look, table, WAITERS_CAPACITY, what)),
    measures: {
      depth,
      bytes: Math.max(0, bytes),
      leased: words[LEASED],
      letters: words[LETTERS],
      unfinished: countSince(words[DONE], ring.written),
      ...limits,
    },
    counters: {
      puts: ring.written,
      gets: order === 'arrival' ? (ring.taken - ready) & COUNT : words[OUT],
      putBytes: ring.writtenBytes,
      getBytes: floats[OUT_BYTES] || ring.takenBytes,
      rescued: TABLES.reduce((sum, [table]) => sum + rescuedIn(look, table), 0),
    },
    details: {
      maxAttempts: words[MAX_ATTEMPTS] || null,
      storeIsChanging: (words[READY] & DIRTY) !== 0,
      ...(leases === undefined && { leases: 'too many to look at' }),
    },
  });
}

function latch(word: number, role: string): Holding[] {
  const agent = word & OWNER;
  return agent === 0 ? [] : [{ agent, role, count: 1 }];
}

const arrival = describerOf('arrival');

/** What can be told of queues. */
export const describers: Describers = {
  queue: arrival,
  simplequeue: arrival,
  joinablequeue: arrival,
  lifoqueue: describerOf('latest'),
  priorityqueue: describerOf('rank'),
};
