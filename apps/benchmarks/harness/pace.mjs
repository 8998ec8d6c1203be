/**
 * Times `work(count)`: first warm, to have it compiled and to learn its speed, then with a count that fills about
 * `seconds`. Contenders differ by a factor of a hundred; a fixed count would be noise for one and a nap for another.
 *
 * @param warmSeconds how long it is warmed: what a compiler does to the code of thousands of calls takes longer than they do
 * @param prepare makes the argument of `work` from a count, outside the measured time
 * @param restarted called between the two, to leave the warm-up out of other counters
 * @returns ns and CPU µs of this process, both for `count` operations
 */
export async function paced(
  work,
  { warm, warmSeconds = 0, seconds },
  { prepare = (count) => count, restarted = () => {} } = {},
) {
  await timed(work, prepare(warm), warm);
  let trial;
  const begun = performance.now();
  do trial = await timed(work, prepare(warm), warm);
  while (performance.now() - begun < warmSeconds * 1000);
  const count = Math.max(warm, Math.round((seconds * 1e9 * warm) / trial.ns));
  const input = prepare(count);
  restarted();
  return timed(work, input, count);
}

async function timed(work, input, count) {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  const pending = work(input);
  // A sync work stays sync: waiting for what is no promise costs a turn.
  if (typeof pending?.then === 'function') await pending;
  const ns = Number(process.hrtime.bigint() - start);
  const { user, system } = process.cpuUsage(cpu);
  return { count, ns, cpu: user + system };
}
