import { nearContext } from '../harness/far-side.mjs';
import { workersCpu } from '../harness/group-cpu.mjs';
import { latencies } from '../harness/latency.mjs';
import { callsOf, filled } from '../harness/manager-calls.mjs';

/** Calls of an object of a server, one at a time: hot, and cold. */
export default async function managerCalls(params) {
  const { near } = await import(`../${params.adapter}`);
  const client = await near(nearContext(params));
  await filled(client, params);
  const calls = callsOf(client, params);
  const metrics = {};
  const used = { near: 0, far: 0 };
  for (const work of params.works) {
    const before = workersCpu();
    const hot = await latencies(calls[work], { ...params, coldCalls: 0 });
    used.far += (workersCpu() - before) / (params.warm + params.hotCalls);
    used.near += hot.hotCpu;
    const cold = await latencies(calls[work], { ...params, warm: 0, hotCalls: 0 });
    for (const [name, micros] of Object.entries({ ...hot.metrics, ...cold.metrics }))
      metrics[work + name[0].toUpperCase() + name.slice(1)] = micros;
  }
  await client.close();
  const works = params.works.length;
  return { metrics, cpu: { near: used.near / works, far: used.far / works } };
}
