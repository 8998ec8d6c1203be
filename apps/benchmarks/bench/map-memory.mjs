import { node, python } from '../harness/contenders.mjs';

const SIZES = [
  { key: 'small', label: '16 B', contents: [1_000_000, 'bytes/16'] },
  { key: 'large', label: '1 KiB', contents: [200_000, 'bytes/1024'] },
];

export default {
  title:
    'A map of a million values of 16 bytes, and of 200,000 of 1 KiB: memory, and opening it in another process',
  round: 'map-memory',
  rounds: 3,
  params: {
    contents: Object.fromEntries(SIZES.map(({ key, contents }) => [key, contents])),
    opens: 50,
    limit: 180_000,
  },
  quick: { contents: { small: [1_000, 'bytes/16'], large: [200, 'bytes/1024'] }, opens: 2 },
  metrics: SIZES.flatMap(({ key, label }) => [
    { key, label: `${label}: an entry`, unit: 'bytes', better: 'lower' },
    { key: `${key}Share`, label: 'of 1.5 × content + 64', unit: 'share' },
    { key: `${key}Open`, label: 'open', unit: 'µs', better: 'lower' },
    { key: `${key}Get`, label: 'open + get', unit: 'µs' },
  ]),
  baseline: '@mp SharedMap',
  contenders: [
    node('@mp SharedMap', 'ours/map.mjs', { needs: '@mp/shared' }),
    node('lmdb', 'rivals/lmdb.mjs', { needs: 'lmdb' }),
    ...python('Manager().dict', 'dict', 'python_shared.py'),
    node('Map of one process', 'rivals/private-map.mjs'),
  ],
  targets: SIZES.flatMap(({ key, label }) => [
    {
      goal: `${label}: ≤ 1.5 times keys and values + 64 bytes an entry`,
      metric: `${key}Share`,
      contender: '@mp SharedMap',
      atMost: 1,
    },
    { goal: `${label}: opened in ≤ 1 ms`, metric: `${key}Open`, contender: '@mp SharedMap', atMost: 1_000 },
  ]),
};
