import { tinyBenchmark } from '../harness/pools.mjs';

export default tinyBenchmark(8, []);
