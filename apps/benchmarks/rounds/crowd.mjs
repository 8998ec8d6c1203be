import { nearContext, startFar } from '../harness/far-side.mjs';
import { paced } from '../harness/pace.mjs';

/** Several producers and several consumers, a process each, share one channel: the time until all have had their share. */
export default async function crowd(params) {
  const { near } = await import(`../${params.adapter}`);
  // This process only makes the channel and gives orders.
  const context = { ...nearContext(params), startProcess: async () => {} };
  const side = await near(context);
  const start = (number) => Promise.all(Array.from({ length: number }, () => startFar(context)));
  const [producers, consumers] = [await start(params.producers), await start(params.consumers)];
  let cpu;
  const { count, ns } = await paced(async (messages) => {
    await order(consumers, 'take', messages);
    await order(producers, 'fill', messages);
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
  const share = (index) => Math.floor(count / fars.length) + (index < count % fars.length ? 1 : 0);
  return Promise.all(fars.map((far, index) => far.order(work, share(index))));
}

async function used(fars) {
  const reports = await Promise.all(fars.map((far) => far.report()));
  return reports.reduce((sum, { cpu }) => sum + cpu, 0);
}
