import { pipe } from '@mp/pipe';
import { Process, task } from '@mp/process';

export const answer = task(import.meta, (connection) => connection.send('here'));

/** A process that does nothing but answer, where the others have a server. */
export async function near() {
  const [here, there] = pipe();
  const child = new Process({ target: answer, args: [there] });
  child.start();
  return {
    ask: () => here.recv(),
    async close() {
      await child.join();
      here.close();
    },
  };
}

/** @returns ms from the start of such a process to its answer */
export async function answered() {
  const begun = performance.now();
  const client = await near();
  await client.ask();
  const ms = performance.now() - begun;
  await client.close();
  return ms;
}
