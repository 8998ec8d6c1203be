import { both, get, getAsync, leaseAndAck, put, putAsync, scenario, tryLeaseAndRetry } from './world.ts';

const maxSize = (size: number) => ({ maxSize: size });

export const either = scenario(
  'one of two threads that put and get is killed',
  [both(put(1), get(1)), both(put(1), get(1))],
  {
    options: maxSize(2),
    lost: 1,
    bounds: { kills: 1, preemptions: 1 },
  },
);
export const putter = scenario('one of two threads that put is killed', [put(1), put(1), get(1)], {
  options: maxSize(1),
  bounds: { kills: 1, mortal: [0], preemptions: 1 },
});
export const loop = scenario(
  'one of two event loops that put is killed',
  [putAsync(1), putAsync(1), getAsync(1)],
  { options: maxSize(1), bounds: { kills: 1, mortal: [0], preemptions: 1 } },
);
export const getter = scenario('one of two threads that get is killed', [put(2), get(1), get(1)], {
  options: maxSize(1),
  lost: 1,
  bounds: { kills: 1, mortal: [1], preemptions: 1 },
});
export const workers = scenario(
  'one of two threads that put and lease is killed',
  [both(put(1), leaseAndAck), both(put(1), leaseAndAck)],
  { options: maxSize(2), bounds: { kills: 1, preemptions: 1 } },
);
export const holder = scenario('the holder of a lease is killed', [tryLeaseAndRetry, leaseAndAck], {
  before: 1,
  bounds: { kills: 1, mortal: [0], preemptions: 1 },
});
export const holderOfThree = scenario(
  'one of two threads that lease is killed',
  [put(1), tryLeaseAndRetry, leaseAndAck],
  { options: maxSize(1), before: 1, bounds: { kills: 1, mortal: [1], preemptions: 1, most: 250_000 } },
);
export const besideGets = scenario(
  'the holder of a lease is killed while others are taken',
  [tryLeaseAndRetry, get(2)],
  {
    before: 2,
    bounds: { kills: 1, mortal: [0], preemptions: 1 },
  },
);
