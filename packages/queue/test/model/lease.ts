import { get, leaseAndAck, leaseAndRetry, put, scenario, tryLeaseAndRetry } from './world.ts';

const maxSize = (size: number) => ({ maxSize: size });

export const two = scenario('an item that is leased and given back', [tryLeaseAndRetry, leaseAndAck], {
  before: 1,
  bounds: { preemptions: 2 },
});
export const besideGets = scenario(
  'an item that is given back while others are taken',
  [tryLeaseAndRetry, get(2)],
  {
    before: 2,
    bounds: { preemptions: 2 },
  },
);
export const three = scenario('one thread puts, two lease', [put(2), leaseAndAck, leaseAndAck], {
  options: maxSize(1),
  bounds: { preemptions: 1 },
});
export const back = scenario(
  'one thread puts, two lease, one of them gives back',
  [put(2), leaseAndRetry, leaseAndAck],
  { options: maxSize(1), left: 1, mayExceed: true, bounds: { preemptions: 1 } },
);
export const looking = scenario('a thread leases, one looks by itself', [put(1), leaseAndAck], {
  options: maxSize(1),
  before: 1,
  left: 1,
  bounds: { looks: 1, preemptions: 1 },
});
export const lookingBack = scenario(
  'an item that is leased and given back, one looks by itself',
  [tryLeaseAndRetry, leaseAndAck],
  { before: 1, bounds: { looks: 1, preemptions: 1 } },
);
