import { crowdBenchmark } from '../harness/channels.mjs';

export default crowdBenchmark('Small objects from one producer process to two consumer processes', {
  producers: 1,
  consumers: 2,
});
