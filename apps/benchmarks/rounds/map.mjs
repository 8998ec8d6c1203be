import { nearContext, startFar } from '../harness/far-side.mjs';
import { measured } from './operations.mjs';

/**
 * A map that is filled: each operation by one process; then two processes at once, a reader and a writer, and two
 * writers. A map of one process alone has no second part.
 */
export default async function map(params) {
  const { near, far: hasFar } = await import(`../${params.adapter}`);
  const context = nearContext(params);
  const side = await near(context);
  const metrics = await measured(side, params);
  if (hasFar) {
    const far = await startFar(context);
    const together = async (mine, theirs, milliseconds) => {
      await far.order(theirs, milliseconds);
      return [await side[mine](milliseconds), (await far.report()).result].map(rate);
    };
    const milliseconds = params.seconds * 1000;
    await together('getFor', 'setFor', milliseconds / 4);
    const [reads, writes] = await together('getFor', 'setFor', milliseconds);
    const one = rate(await side.setFor(milliseconds));
    const two = await together('setFor', 'setFor', milliseconds);
    far.end();
    Object.assign(metrics, { reads, writes, writers: two[0] + two[1], one: one / (two[0] + two[1]) });
  }
  await side.close?.();
  return { metrics };
}

const rate = ({ count, ms }) => (count / ms) * 1000;
