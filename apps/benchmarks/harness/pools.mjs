import { node, python } from './contenders.mjs';

/**
 * The adapter of a pool exports `near(context)`: a pool of `context.workers` that run `context.task` of tasks.cjs.
 *   run(argument)          one call
 *   runFor(ms, argument)   one call that is given so long, if the pool has a timeout for that
 *   map(items)             a call for each item, if the pool has such a thing
 *   close()                its usual end
 *   blocks                 true when `run` returns the result itself
 */

const OURS = { name: '@mp Pool', file: 'ours/pool.mjs', needs: '@mp/pool' };
const TINYPOOL = { name: 'tinypool', file: 'rivals/tinypool.mjs', needs: 'tinypool' };
const PISCINA = { name: 'piscina', file: 'rivals/piscina.mjs', needs: 'piscina' };
const WORKERPOOL = { name: 'workerpool', file: 'rivals/workerpool.mjs', needs: 'workerpool' };
const POOLIFIER = { name: 'poolifier', file: 'rivals/poolifier.mjs', needs: 'poolifier' };
const JEST_WORKER = { name: 'jest-worker', file: 'rivals/jest-worker.mjs', needs: 'jest-worker' };

const OURS_OF_BOTH = [
  { ...OURS, isThreads: false, options: { kind: 'process' } },
  { ...OURS, isThreads: true, options: { kind: 'thread' } },
];
const RIVALS = [
  { ...TINYPOOL, isThreads: false, options: { runtime: 'child_process' } },
  { ...TINYPOOL, isThreads: true, options: { runtime: 'worker_threads' } },
  { ...PISCINA, isThreads: true, options: {} },
  { ...WORKERPOOL, isThreads: false, options: { workerType: 'process' } },
  { ...WORKERPOOL, isThreads: true, options: { workerType: 'thread' } },
  { ...POOLIFIER, isThreads: false, options: { kind: 'process' } },
  { ...POOLIFIER, isThreads: true, options: { kind: 'thread' } },
  { ...JEST_WORKER, isThreads: false, options: { kind: 'process' } },
  { ...JEST_WORKER, isThreads: true, options: { kind: 'thread' } },
];

const nameOf = ({ name, isThreads }) => `${name} (${isThreads ? 'threads' : 'processes'})`;

/** The baseline of all benchmarks of pools, and our other kind. */
export const PROCESSES = nameOf(OURS_OF_BOTH[0]);
export const THREADS = nameOf(OURS_OF_BOTH[1]);

/** What targets compare with. Both pools of Python are of processes. */
export const RIVAL_PROCESSES = [...RIVALS.filter(({ isThreads }) => !isThreads).map(nameOf), 'Python'];
export const RIVAL_THREADS = RIVALS.filter(({ isThreads }) => isThreads).map(nameOf);

/** Our pools, with more options for their adapter. */
export function ourPools(options) {
  return contenders(OURS_OF_BOTH, options);
}

/** Both pools of Python. @param file the program with their rounds, below rivals/ */
export function pythonPools(file = 'python_pool.py') {
  return [...python('Pool', 'pool', file), ...python('ProcessPoolExecutor', 'executor', file)];
}

/** Pools of npm, of processes and of threads. @param options more of them for the adapters */
export function rivalPools(options) {
  return contenders(RIVALS, options);
}

/** All of them, for the benchmarks that compare them. */
export function pools(options) {
  return [...ourPools(options), ...pythonPools(), ...rivalPools(options)];
}

/** Those that have a map of their own. */
export function poolsWithMap() {
  const withMap = RIVALS.filter(({ name }) => name === POOLIFIER.name);
  return [...ourPools(), ...pythonPools(), ...contenders(withMap)];
}

function contenders(list, more) {
  return list.map((each) => node(nameOf(each), each.file, { needs: each.needs, ...each.options, ...more }));
}

/** A benchmark of tasks that take no time. */
export function tinyBenchmark(inFlight, targets) {
  return {
    title: `Pool of 2 workers: tasks that take no time, ${inFlight} in flight`,
    round: 'pool-tiny',
    rounds: 5,
    params: { workers: 2, task: 'square', inFlight, warm: 2_000, warmSeconds: 1, seconds: 1 },
    quick: { warm: 100, warmSeconds: 0, seconds: 0.02 },
    metrics: [{ key: 'rate', label: 'throughput', unit: 'tasks/s', better: 'higher' }],
    baseline: PROCESSES,
    contenders: pools(),
    targets: [
      ...targets,
      {
        goal: 'threads: ≥ our processes',
        metric: 'rate',
        of: THREADS,
        against: [PROCESSES],
        atLeast: 1,
      },
    ],
  };
}
