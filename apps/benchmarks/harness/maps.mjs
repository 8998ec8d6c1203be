import { node, python } from './contenders.mjs';

const QUICK_ENTRIES = 1_000;

/** A benchmark of a map with so many entries. @param payload of harness/payload.mjs */
export function mapBenchmark(what, { entries, payload }) {
  return {
    title: `A map of ${what}`,
    round: 'map',
    rounds: 3,
    params: {
      works: ['get', 'set', 'update'],
      entries,
      payload,
      warm: 20_000,
      seconds: 0.4,
      limit: 180_000,
    },
    quick: { entries: QUICK_ENTRIES, warm: 1_000, seconds: 0.02 },
    metrics: [
      { key: 'get', label: 'get', unit: 'ns', better: 'lower' },
      { key: 'set', label: 'set', unit: 'ns', better: 'lower' },
      { key: 'update', label: 'update', unit: 'ns', better: 'lower' },
      { key: 'reads', label: 'one reads', unit: 'get/s', better: 'higher' },
      { key: 'writes', label: 'while one writes', unit: 'set/s', better: 'higher' },
      { key: 'writers', label: 'two write', unit: 'set/s', better: 'higher' },
      { key: 'one', label: 'one / two writers', unit: 'share' },
    ],
    baseline: '@mp SharedMap',
    contenders: [
      node('@mp SharedMap', 'ours/map.mjs', { needs: '@mp/shared' }),
      node('lmdb, putSync', 'rivals/lmdb.mjs', { needs: 'lmdb' }),
      node('lmdb, put, 1,000 in flight', 'rivals/lmdb.mjs', { needs: 'lmdb', batched: true }),
      ...python('Manager().dict', 'dict', 'python_shared.py'),
      node('Map of one process', 'rivals/private-map.mjs'),
    ],
    targets: [
      { goal: 'get ≥ lmdb', metric: 'get', against: ['lmdb, putSync'], atLeast: 1 },
      { goal: 'get ≥ 50 times Manager().dict', metric: 'get', against: ['Python'], atLeast: 50 },
      { goal: 'set ≥ 3 times lmdb', metric: 'set', against: ['lmdb, putSync'], atLeast: 3 },
      { goal: 'two writers ≥ one', metric: 'one', contender: '@mp SharedMap', atMost: 1 },
    ],
  };
}
