import { node, python } from './contenders.mjs';
import { redisMissing } from './redis-server.mjs';

/**
 * The adapter of what holds objects for other processes exports
 *   near(context)   starts a server, and connects to it: a client
 *   far(context)    in a process of its own, by `place.role`: the server, or one more client
 *
 * A client has functions of the object that `context.object` names. Each is one call, or a pair of them:
 *   dict      get(key), set(key, value)
 *   counter   add(number), of a class that is not the library's own
 *   lock      pair(): acquire, then release
 *   queue     pair(value): put, then get
 * and
 *   where     what further clients find the server by
 *   close()   its end, and that of a server which it has started
 */

/** The baseline of all benchmarks of managers: the program has started the server, and has a pipe to it. */
export const NEAR = '@mp Manager';
const TCP = '@mp Manager, TCP';

const OURS = 'ours/manager.mjs';
const PYTHON = 'python_manager.py';

export const near = () => node(NEAR, OURS, { needs: '@mp/manager', way: 'pipe' });
const byAddress = () => node('@mp Manager, by address', OURS, { needs: '@mp/manager', way: 'unix' });
const byTcp = () => node(TCP, OURS, { needs: '@mp/manager', way: 'tcp' });

export const pythonUnix = () => python('Manager, Unix', 'unix', PYTHON);
const pythonTcp = () => python('Manager, TCP', 'tcp', PYTHON);
const pythonThreads = () => python('Manager, Unix, 64 threads', 'threads', PYTHON);

export const comlink = () => node('comlink (thread)', 'rivals/comlink.mjs', { needs: 'comlink' });
export const capnweb = () => node('capnweb, Unix', 'rivals/capnweb.mjs', { needs: 'capnweb' });

export const redis = () => [redisOver('Unix', 'unix'), redisOver('TCP', 'tcp')];

function redisOver(title, way) {
  const contender = node(`Redis, ${title}`, 'rivals/redis.mjs', { needs: 'redis', way });
  return { ...contender, missing: () => contender.missing() ?? redisMissing() };
}

/** Ours and Python's by each way, and all others. */
export function managers() {
  return [near(), byAddress(), byTcp(), ...pythonUnix(), ...pythonTcp(), comlink(), capnweb(), ...redis()];
}

/** For calls that are under way together: a proxy of Python has one at a time, and one for each thread. */
export function managersInFlight() {
  return [near(), byTcp(), ...pythonUnix(), ...pythonThreads(), comlink(), capnweb(), ...redis()];
}

/** Those whose clients, or whose server, can be a process of its own. */
export function managersOfProcesses() {
  return [near(), byTcp(), ...pythonUnix(), capnweb(), ...redis()];
}

/** Those that have locks and queues, too. */
export function managersWithLocks() {
  return [near(), byTcp(), ...pythonUnix(), ...pythonTcp(), ...redis()];
}

const namesOf = (contenders) => contenders.map(({ name }) => name);
const PYTHON_UNIX = namesOf(pythonUnix());
const PYTHON_TCP = namesOf(pythonTcp());

/** What one call at a time is to reach. @param works as in {@link callsBenchmark} */
export function oneAtATime(works) {
  return works.flatMap(({ key, label }) => [
    { goal: `${label}, hot: ≥ 5 times Python`, metric: `${key}Hot`, against: PYTHON_UNIX, atLeast: 5 },
    { goal: `${label}, hot: ≥ Redis`, metric: `${key}Hot`, against: ['Redis'], atLeast: 1 },
    {
      goal: `${label}, cold: ≤ 1.3 times Python's time`,
      metric: `${key}Cold`,
      against: PYTHON_UNIX,
      atLeast: 1 / 1.3,
    },
    {
      goal: `${label}, hot, over TCP: ≥ Python over TCP`,
      metric: `${key}Hot`,
      of: TCP,
      against: PYTHON_TCP,
      atLeast: 1,
    },
  ]);
}

/** What many calls at a time are to reach. @param metrics keys and labels */
export function manyAtATime(metrics) {
  return metrics.flatMap(({ key, label }) => [
    { goal: `${label}: ≥ 20 times Python`, metric: key, against: ['Python'], atLeast: 20 },
    { goal: `${label}: ≥ Redis`, metric: key, against: ['Redis'], atLeast: 1 },
  ]);
}

/**
 * A benchmark of one call at a time.
 *
 * @param works `key`: a function of the client; `label`
 * @param options what is its own: `object`, `contenders`, and more of a benchmark
 */
export function callsBenchmark(title, works, { object, contenders, params, quick, targets }) {
  return {
    title,
    round: 'manager-calls',
    rounds: 3,
    params: {
      object,
      works: works.map(({ key }) => key),
      entries: 1_000,
      payload: 'object',
      warm: 1_000,
      hotCalls: 10_000,
      coldCalls: 100,
      ...params,
    },
    quick: { entries: 10, warm: 20, hotCalls: 50, coldCalls: 5, ...quick },
    metrics: works.flatMap(({ key, label }) => [
      { key: `${key}Hot`, label: `${label}, hot`, unit: 'µs', better: 'lower' },
      { key: `${key}HotP99`, label: 'p99', unit: 'µs' },
      { key: `${key}Cold`, label: `${label}, cold`, unit: 'µs', better: 'lower' },
      { key: `${key}ColdP99`, label: 'p99', unit: 'µs' },
    ]),
    baseline: NEAR,
    contenders,
    targets: targets ?? oneAtATime(works),
  };
}
