import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { near as queueNear } from './queue.mjs';

export { far } from './queue.mjs';

/** The queue of `queue.mjs`, with `mp` beside it. @param context `options.command`: its arguments; `idle` for a process that only is there */
export async function near(context) {
  const queue = await queueNear(context);
  const [first, ...rest] = context.options.command;
  const args =
    first === 'idle'
      ? ['-e', "console.log('up'); setInterval(() => {}, 60_000)"]
      : [program(), first, ...rest];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  // Its start, which takes a core, is not what is measured.
  await once(child.stdout, 'data');
  child.stdout.resume();
  return {
    ...queue,
    async close() {
      child.kill();
      await once(child, 'exit');
      await queue.close();
    },
  };
}

function program() {
  const manifest = createRequire(import.meta.url).resolve('@mp/cli/package.json');
  return join(dirname(manifest), 'dist/mp.js');
}
