import { mapBenchmark } from '../harness/maps.mjs';

export default mapBenchmark('a million buffers of 1 KiB', { entries: 1_000_000, payload: 'bytes/1024' });
