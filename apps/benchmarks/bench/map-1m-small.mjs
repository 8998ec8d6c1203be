import { mapBenchmark } from '../harness/maps.mjs';

export default mapBenchmark('a million small objects', { entries: 1_000_000, payload: 'object' });
