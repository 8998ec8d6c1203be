/** Makes many locks and keeps them: what one of them costs. */
export default async function lockMany(params) {
  const { make, sharedKib } = await import(`../${params.adapter}`);
  const locks = Array.from({ length: params.warm }, make);
  const before = { shared: sharedKib(), rss: process.memoryUsage.rss() };
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  for (let index = 0; index < params.count; index++) locks.push(make());
  const ns = Number(process.hrtime.bigint() - start);
  const { user, system } = process.cpuUsage(cpu);
  const kib = (process.memoryUsage.rss() - before.rss) / 1024;
  return {
    metrics: {
      create: ns / params.count / 1000,
      shared: (sharedKib() - before.shared) / params.count,
      rss: kib / params.count,
    },
    cpu: { near: (user + system) / params.count },
  };
}
