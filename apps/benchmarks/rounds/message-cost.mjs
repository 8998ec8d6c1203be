import { nearContext } from '../harness/far-side.mjs';
import { paced } from '../harness/pace.mjs';

/** One part of a message's way, again and again, in one thread: what it costs when nobody is waited for. */
export default async function messageCost(params) {
  const { near } = await import(`../${params.adapter}`);
  const part = await near(nearContext(params));
  const { count, ns, cpu } = await paced((messages) => part.pass(messages), params);
  part.close?.();
  return { metrics: { message: ns / count }, cpu: { near: cpu / count } };
}
