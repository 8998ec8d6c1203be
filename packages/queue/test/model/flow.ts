import { both, get, getAsync, put, putAsync, putTwo, scenario } from './world.ts';

const maxSize = (size: number) => ({ maxSize: size });

export const one = scenario('a thread puts, another gets', [put(1), get(1)], { options: maxSize(1) });
export const twice = scenario('threads put two and get two', [put(2), get(2)], {
  options: maxSize(1),
  bounds: { preemptions: 2 },
});
export const loops = scenario('event loops put two and get two', [putAsync(2), getAsync(2)], {
  options: maxSize(1),
  bounds: { preemptions: 2 },
});
export const looking = scenario('threads put two and get two, one looks by itself', [put(2), get(2)], {
  options: maxSize(1),
  bounds: { looks: 1, preemptions: 1 },
});
export const lookingOnce = scenario('a thread waits for space, one looks by itself', [put(1), get(1)], {
  options: maxSize(1),
  before: 1,
  left: 1,
  bounds: { looks: 1, preemptions: 1 },
});
export const lookingLoops = scenario(
  'event loops put two and get two, one looks by itself',
  [putAsync(2), getAsync(2)],
  {
    options: maxSize(1),
    bounds: { looks: 1, preemptions: 1 },
  },
);
export const twoPutters = scenario('two threads put, one gets', [put(1), put(1), get(2)], {
  options: maxSize(1),
  bounds: { preemptions: 1 },
});
export const twoGetters = scenario('one thread puts, two get', [put(2), get(1), get(1)], {
  options: maxSize(1),
  bounds: { preemptions: 1 },
});
export const batch = scenario('one thread puts two at once, two get', [putTwo, get(1), get(1)], {
  options: maxSize(2),
  bounds: { preemptions: 1 },
});
export const inVain = scenario(
  'a put of two that is woken for one wakes the next one',
  [putTwo, both(put(1), get(2)), get(1)],
  { options: maxSize(2), before: 2, left: 2, bounds: { preemptions: 1 } },
);
