import {
  both,
  get,
  getAll,
  getOrGiveUp,
  leaseAndAck,
  orClosed,
  put,
  scenario,
  shutDown,
  tryLeaseAndRetry,
} from './world.ts';

export const givesUp = scenario('one of two threads that get gives up', [put(2), getOrGiveUp, get(1)], {
  left: 1,
  // With two, a look at the deadline is counted that meets a put which stalls twice, see docs/decisions/006.
  bounds: { timeouts: 1, preemptions: 1 },
});
export const shut = scenario(
  'two threads get until the queue is shut down',
  [both(put(1), shutDown), getAll, getAll],
  {
    bounds: { preemptions: 1 },
  },
);
export const shutLooking = scenario(
  'a thread gets until the queue is shut down, one looks by itself',
  [both(put(1), shutDown), getAll],
  { bounds: { looks: 1, preemptions: 1 } },
);
export const shutLeased = scenario(
  'a queue is shut down before an item comes back',
  [both(shutDown, orClosed(tryLeaseAndRetry)), getAll],
  { before: 1, bounds: { preemptions: 2 } },
);
export const shutAcknowledged = scenario(
  'a thread gets until the queue is shut down, and a lease ends',
  [shutDown, orClosed(leaseAndAck), getAll],
  { before: 1, bounds: { preemptions: 1 } },
);
export const shutKilled = scenario(
  'a thread shuts the queue down and gets the rest, and the holder of a lease is killed',
  [orClosed(leaseAndAck), both(shutDown, getAll)],
  { before: 1, bounds: { kills: 1, mortal: [0], preemptions: 1 } },
);
