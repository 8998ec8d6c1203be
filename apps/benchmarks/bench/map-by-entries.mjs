import { node } from '../harness/contenders.mjs';
import { growthBenchmark } from '../harness/growth.mjs';

const BASELINE = '@mp SharedMap';

export default growthBenchmark('A map of more and more small objects, one process', {
  of: 'operations',
  vary: 'entries',
  over: [1_000, 10_000, 100_000, 1_000_000],
  figures: [
    { key: 'get', label: 'get', unit: 'ns', better: 'lower' },
    { key: 'set', label: 'set', unit: 'ns', better: 'lower' },
  ],
  params: { works: ['get', 'set'], payload: 'object', warm: 20_000, seconds: 0.4 },
  quick: { over: [1_000], warm: 1_000, seconds: 0.02 },
  baseline: BASELINE,
  contenders: [
    node(BASELINE, 'ours/map.mjs', { needs: '@mp/shared' }),
    node('lmdb, putSync', 'rivals/lmdb.mjs', { needs: 'lmdb' }),
    node('Map of one process', 'rivals/private-map.mjs'),
  ],
});
