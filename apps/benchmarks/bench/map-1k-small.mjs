import { mapBenchmark } from '../harness/maps.mjs';

export default mapBenchmark('1,000 small objects', { entries: 1_000, payload: 'object' });
