import { crowdBenchmark } from '../harness/channels.mjs';

export default crowdBenchmark('Small objects from two producer processes to two consumer processes', {
  producers: 2,
  consumers: 2,
});
