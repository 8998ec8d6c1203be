import { nearContext, startFar } from '../harness/far-side.mjs';
import { paced } from '../harness/pace.mjs';

/** Several producers and several consumers, a process each, share one channel: the time until all have had their share. */
export default async function crowd(params) {
  const { near } = await import(`../${params.adapter}`);
  // This process only makes the channel and gives orders.
  const context = { ...nearContext(params), startProcess: async () => {} };
  const side = await near(context);
  const start = (role, count) =>
    Promise.all(Array.from({ length: count }, (_, number) => startFar(context, { role, number })));
  // Consumers first: some rivals' producers connect to them.
  const consumers = await start('consumer', params.consumers);
  const producers = await start('producer', params.producers);
  let cpu;
  const { count, ns } = await paced(async (messages) => {
    // A multiple of both, because some rivals deal messages out in turn.
    const turns = Math.ceil(messages / (producers.length * consumers.length));
    await order(consumers, 'take', turns * producers.length);
    await order(producers, 'fill', turns * consumers.length);
    cpu = { far: await used(producers), near: await used(consumers) };
  }, params);
  for (const far of [...producers, ...consumers]) far.end();
  await side.close();
  return {
    metrics: { rate: (count / ns) * 1e9 },
    cpu: { near: cpu.near / count, far: cpu.far / count },
  };
}

function order(fars, work, count) {
  return Promise.all(fars.map((far) => far.order(work, count)));
}

async function used(fars) {
  const reports = await Promise.all(fars.map((far) => far.report()));
  return reports.reduce((sum, { cpu }) => sum + cpu, 0);
}
