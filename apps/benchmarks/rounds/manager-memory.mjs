import { setTimeout as pause } from 'node:timers/promises';
import { nearContext } from '../harness/far-side.mjs';
import { childrenMemory } from '../harness/group-memory.mjs';
import { filled } from '../harness/manager-calls.mjs';

const MIB = 2 ** 20;

/** What a server takes that has nothing yet, and with a full dict. */
export default async function managerMemory(params) {
  const { near } = await import(`../${params.adapter}`);
  const client = await near(nearContext(params));
  await pause(params.settleMs);
  const empty = childrenMemory();
  const begun = performance.now();
  await filled(client, params);
  const seconds = (performance.now() - begun) / 1000;
  await pause(params.settleMs);
  const full = childrenMemory();
  await client.close();
  return {
    metrics: {
      entry: (full - empty) / params.entries,
      full: full / MIB,
      empty: empty / MIB,
      fill: params.entries / seconds,
    },
  };
}
