import { mapBenchmark } from '../harness/maps.mjs';

export default mapBenchmark('1,000 buffers of 1 KiB', { entries: 1_000, payload: 'bytes/1024' });
