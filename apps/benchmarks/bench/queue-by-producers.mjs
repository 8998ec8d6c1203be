import { crowd } from '../harness/channels.mjs';
import { growthBenchmark } from '../harness/growth.mjs';

export default growthBenchmark('Small objects from several producer processes to one consumer process', {
  of: 'crowd',
  vary: 'producers',
  over: [1, 2, 4, 8],
  figures: [{ key: 'rate', label: 'throughput', unit: 'messages/s', better: 'higher' }],
  params: { payload: 'object', consumers: 1, warm: 5_000, seconds: 1 },
  quick: { warm: 200, seconds: 0.02 },
  baseline: '@mp Queue, sync',
  // SimpleQueue is a Queue without the thread that feeds it: one line of Python's is enough in a plot.
  contenders: crowd().filter(({ name }) => !name.includes('SimpleQueue')),
});
