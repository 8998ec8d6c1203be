import { node, python } from '../harness/contenders.mjs';

export default {
  title: 'An element of a list in shared memory, nobody else uses it',
  round: 'operations',
  rounds: 5,
  params: { works: ['read', 'write', 'readText', 'writeText'], warm: 50_000, seconds: 0.3 },
  quick: { warm: 1_000, seconds: 0.02 },
  metrics: [
    { key: 'read', label: 'read a number', unit: 'ns', better: 'lower' },
    { key: 'write', label: 'write a number', unit: 'ns', better: 'lower' },
    { key: 'readText', label: 'read text', unit: 'ns', better: 'lower' },
    { key: 'writeText', label: 'write text', unit: 'ns', better: 'lower' },
  ],
  baseline: '@mp ShareableList',
  contenders: [
    node('@mp ShareableList', 'ours/list.mjs', { needs: '@mp/shared' }),
    node('private array', 'rivals/list.mjs'),
    ...python('ShareableList', 'list', 'python_shared.py'),
  ],
  targets: [],
};
