import { nearContext } from '../harness/far-side.mjs';
import { workersCpu } from '../harness/group-cpu.mjs';
import { inFlight } from '../harness/in-flight.mjs';
import { callsOf, filled } from '../harness/manager-calls.mjs';
import { paced } from '../harness/pace.mjs';

/** Calls of a server, a fixed number of them in flight; then as many in one turn, awaited together. */
export default async function managerInFlight(params) {
  const { near } = await import(`../${params.adapter}`);
  const client = await near(nearContext(params));
  await filled(client, params);
  const calls = callsOf(client, params);
  const { inFlight: lanes } = params;
  const metrics = {};
  const used = { near: 0, far: 0 };
  for (const work of params.works) {
    let before;
    const flight = await paced((count) => inFlight(count, lanes, calls[work]), params, {
      restarted: () => (before = workersCpu()),
    });
    used.far += (workersCpu() - before) / flight.count;
    used.near += flight.cpu / flight.count;
    const batches = await paced((count) => batched(count, lanes, calls[work]), params);
    metrics[work] = rate(flight);
    metrics[`${work}Batched`] = rate(batches);
  }
  await client.close();
  const works = params.works.length;
  return { metrics, cpu: { near: used.near / works, far: used.far / works } };
}

async function batched(count, size, call) {
  for (let start = 0; start < count; start += size) {
    const batch = [];
    for (let number = start; number < Math.min(count, start + size); number++) batch.push(call(number));
    await Promise.all(batch);
  }
}

const rate = ({ count, ns }) => (count / ns) * 1e9;
