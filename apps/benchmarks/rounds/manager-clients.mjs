import { nearContext, startFar } from '../harness/far-side.mjs';
import { filled } from '../harness/manager-calls.mjs';

/** One client, then two of them, a process each, get from the same dict: what all of them get together. */
export default async function managerClients(params) {
  const { near } = await import(`../${params.adapter}`);
  const context = nearContext(params);
  const maker = await near(context);
  await filled(maker, params);
  context.where = maker.where;
  const start = (number) => startFar(context, { role: 'client', number });
  const fars = [await start(0), await start(1)];
  const milliseconds = params.seconds * 1000;
  const metrics = {};
  for (const work of ['one', 'many']) {
    await rateOf(fars, `${work}For`, milliseconds / 4);
    metrics[work] = await rateOf(fars.slice(0, 1), `${work}For`, milliseconds);
    metrics[`${work}Two`] = await rateOf(fars, `${work}For`, milliseconds);
  }
  for (const far of fars) far.end();
  await maker.close();
  return { metrics };
}

async function rateOf(fars, work, milliseconds) {
  await Promise.all(fars.map((far) => far.order(work, milliseconds)));
  const reports = await Promise.all(fars.map((far) => far.report()));
  return reports.reduce((sum, { result }) => sum + (result.count / result.ms) * 1000, 0);
}
