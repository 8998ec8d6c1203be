import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from './statistics.mjs';

/** Long enough for both sides to have given up spinning and gone to sleep. */
const ASLEEP_MS = 12;

/**
 * Times single calls: hot (one straight after the other) and cold (both sides asleep before each).
 *
 * @param call one call; may be sync
 * @param nap how to fall asleep before a cold call: a sync contender blocks its thread instead of turning the loop
 */
export async function latencies(call, { warm, hotCalls, coldCalls }, nap = () => sleep(ASLEEP_MS)) {
  await batch(call, warm);
  const cpu = process.cpuUsage();
  const hot = await batch(call, hotCalls);
  const { user, system } = process.cpuUsage(cpu);
  const cold = await batch(call, coldCalls, nap);
  return {
    metrics: {
      hot: quantile(hot, 0.5),
      hotP99: quantile(hot, 0.99),
      cold: quantile(cold, 0.5),
      coldP99: quantile(cold, 0.99),
    },
    hotCpu: (user + system) / hotCalls,
  };
}

/** Blocks the thread as long as {@link latencies} lets it sleep. */
export function blockingNap() {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ASLEEP_MS);
}

async function batch(call, count, nap) {
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
