import { nearContext } from '../harness/far-side.mjs';
import { inFlight } from '../harness/in-flight.mjs';
import { latencies } from '../harness/latency.mjs';
import { callsOf, filled } from '../harness/manager-calls.mjs';
import { paced } from '../harness/pace.mjs';
import { commandsDuring } from '../harness/redis-server.mjs';

/** Calls of an object over Redis: one at a time; many in flight; and how many commands one of them takes. */
export default async function redisCalls(params) {
  const { near } = await import(`../${params.adapter}`);
  const client = await near(nearContext(params));
  await filled(client, params);
  const calls = callsOf(client, params);
  const metrics = {};
  let cpu = 0;
  for (const work of params.works) {
    const hot = await latencies(calls[work], { ...params, coldCalls: 0 });
    cpu += hot.hotCpu;
    metrics[`${work}Hot`] = hot.metrics.hot;
    metrics[`${work}HotP99`] = hot.metrics.hotP99;
    if (params.lanes > 1) {
      const { count, ns } = await paced((count) => inFlight(count, params.lanes, calls[work]), params);
      metrics[`${work}Rate`] = (count / ns) * 1e9;
    }
    // Our manager has no Redis.
    if (client.where?.port === undefined || params.options.noRedis) continue;
    const commands = await commandsDuring(client.where, async () => {
      for (let number = 0; number < params.counted; number++) await calls[work](number);
    });
    metrics[`${work}Trips`] = commands / params.counted;
  }
  await client.close();
  return { metrics, cpu: { near: cpu / params.works.length } };
}
