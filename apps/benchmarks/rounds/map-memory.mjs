import { nearContext, startFar } from '../harness/far-side.mjs';
import { keyOf } from '../harness/map-store.mjs';
import { sizeOf } from '../harness/payload.mjs';

/**
 * Maps that are filled: what an entry takes, and how long another process takes to open the map, and to open it and get
 * one entry.
 */
export default async function mapMemory(params) {
  const { near, far: hasFar } = await import(`../${params.adapter}`);
  const metrics = {};
  for (const [name, [entries, payload]] of Object.entries(params.contents)) {
    const context = nearContext({ ...params, entries, payload });
    context.address += name;
    const before = process.memoryUsage.rss();
    const side = await near(context);
    const bytes = side.bytes?.() ?? process.memoryUsage.rss() - before;
    metrics[name] = bytes / entries;
    const content = keyOf(entries - 1).length + sizeOf(payload);
    metrics[`${name}Share`] = metrics[name] / (1.5 * content + 64);
    if (hasFar) {
      const far = await startFar(context);
      await far.order('open', params.opens);
      const { result } = await far.report();
      far.end();
      metrics[`${name}Open`] = result.open;
      metrics[`${name}Get`] = result.get;
    }
    await side.close?.();
  }
  return { metrics };
}
