import { crowdBenchmark } from '../harness/channels.mjs';

export default crowdBenchmark('Small objects from two producer processes to one consumer process', {
  producers: 2,
  consumers: 1,
});
