import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from './statistics.mjs';

/** Long enough for both sides to have given up spinning and gone to sleep. */
const ASLEEP_MS = 12;

/**
 * Times single calls: hot (one straight after the other) and cold (both sides asleep before each). Either may be left
 * out by a count of 0.
 *
 * @param call one call; may be sync
 * @param nap how to fall asleep before a cold call: a sync contender blocks its thread instead of turning the loop
 */
export async function latencies(
  call,
  { warm, hotCalls, coldCalls, asleepMs = ASLEEP_MS },
  nap = (ms) => sleep(ms),
) {
  await timedCalls(call, warm);
  const hot = await withCpu(hotCalls, () => timedCalls(call, hotCalls));
  const cold = await withCpu(coldCalls, () => timedCalls(call, coldCalls, () => nap(asleepMs)));
  return {
    metrics: { ...quantiles('hot', hot.micros), ...quantiles('cold', cold.micros) },
    hotCpu: hot.cpu,
    coldCpu: cold.cpu,
  };
}

/** Blocks the thread. */
export function blockingNap(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** @returns µs of each of `count` calls, one after the other @param nap before each, outside the measured time */
export async function timedCalls(call, count, nap) {
  const micros = [];
  for (let index = 0; index < count; index++) {
    if (nap) await nap();
    const start = performance.now();
    const pending = call(index);
    if (typeof pending?.then === 'function') await pending;
    micros.push((performance.now() - start) * 1000);
  }
  return micros;
}

async function withCpu(calls, batch) {
  const before = process.cpuUsage();
  const micros = await batch();
  const { user, system } = process.cpuUsage(before);
  return { micros, cpu: calls === 0 ? undefined : (user + system) / calls };
}

function quantiles(name, micros) {
  return micros.length === 0 ? {} : { [name]: quantile(micros, 0.5), [`${name}P99`]: quantile(micros, 0.99) };
}
