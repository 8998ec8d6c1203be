import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { nearContext } from '../harness/far-side.mjs';
import { quantile } from '../harness/statistics.mjs';

const HOLDER = fileURLToPath(new URL('../harness/holder.mjs', import.meta.url));
/** The waiter has gone to sleep by then. */
const DIES_AFTER_MS = 60;

/** A small process dies by SIGKILL with the lock, one waiter waits: from its last instruction until the waiter has it. */
export default async function lockRecovery(params) {
  const { near } = await import(`../${params.adapter}`);
  const context = nearContext(params);
  const side = await near(context);
  const millis = [];
  for (let kill = 0; kill < (params.options.kills ?? params.kills); kill++) {
    const args = [HOLDER, params.adapter, context.address, String(DIES_AFTER_MS)];
    const holder = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: holder.stdout })[Symbol.asyncIterator]();
    if ((await lines.next()).value !== 'held') throw new Error('The holder did not get the lock');
    const release = await side.take();
    const recovered = process.hrtime.bigint();
    const died = BigInt((await lines.next()).value);
    millis.push(Number(recovered - died) / 1e6);
    await release();
  }
  await side.close();
  return {
    metrics: { median: quantile(millis, 0.5), p99: quantile(millis, 0.99), most: Math.max(...millis) },
  };
}
