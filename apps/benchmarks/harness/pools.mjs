import { node, python } from './contenders.mjs';

/** Pools of processes and threads, for the benchmarks that compare them. */
export function pools() {
  return [
    node('@mp Pool (processes)', 'ours/pool.mjs', { needs: '@mp/pool' }),
    ...python('Pool', 'pool'),
    node('tinypool (processes)', 'rivals/tinypool.mjs', { needs: 'tinypool', runtime: 'child_process' }),
    node('tinypool (threads)', 'rivals/tinypool.mjs', { needs: 'tinypool', runtime: 'worker_threads' }),
    node('piscina (threads)', 'rivals/piscina.mjs', { needs: 'piscina' }),
    node('workerpool (processes)', 'rivals/workerpool.mjs', { needs: 'workerpool', workerType: 'process' }),
    node('workerpool (threads)', 'rivals/workerpool.mjs', { needs: 'workerpool', workerType: 'thread' }),
  ];
}
