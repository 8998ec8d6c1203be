/**
 * What is done to workers. Everything is known to `rounds/kill.mjs` and to `rivals/python_kills.py`.
 *   act             what the victims do, see `act` in tasks.cjs
 *   victims         how many tasks do it
 *   running         tasks of half a second that are given before them
 *   queued          tasks that are given behind them
 *   timeoutMs       what a victim is given, by the timeout that the pool offers
 *   settleMs        how long to wait before the queued ones are given
 *   isOfProcesses   true when threads cannot do it
 */
const ONE = { victims: 1, running: 1, queued: 8 };

export const SCENARIOS = [
  {
    key: 'killed',
    title: 'A worker is killed by SIGKILL while it runs a task (a thread: process.exit() in the task)',
    ...ONE,
    act: ['kill', 'SIGKILL'],
  },
  { key: 'exit', title: 'A task calls process.exit(3)', ...ONE, act: ['exit', 3] },
  { key: 'abort', title: 'A task calls process.abort()', ...ONE, act: ['abort'], isOfProcesses: true },
  {
    key: 'fault',
    title: 'A worker is killed by SIGSEGV while it runs a task',
    ...ONE,
    act: ['kill', 'SIGSEGV'],
    isOfProcesses: true,
  },
  {
    key: 'block',
    title: 'A task blocks its event loop for ever, and was given 500 ms',
    ...ONE,
    act: ['block'],
    timeoutMs: 500,
  },
  {
    key: 'idle',
    title: 'A worker is killed by SIGKILL while it is idle (a thread: process.exit())',
    victims: 1,
    running: 0,
    queued: 8,
    act: ['leave', 100, 'kill', 'SIGKILL'],
    settleMs: 1_000,
  },
  {
    key: 'all',
    title: 'All workers are killed by SIGKILL while 20 tasks are queued (threads: process.exit())',
    victims: 2,
    running: 0,
    queued: 20,
    act: ['later', 200, 'kill', 'SIGKILL'],
  },
];
