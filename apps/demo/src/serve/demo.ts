import { text } from 'node:stream/consumers';
import { tableOf } from '../table.ts';
import { ask, begin } from './client.ts';
import type { Supervisor } from './supervisor.ts';

const REQUESTS = 300;
/** How many clients ask at the same time. */
const CLIENTS = 4;
/** How many requests a new worker may be passed over in. */
const MOST_MORE = 10_000;

/**
 * Asks for pages while a worker is killed, and ends the server while it answers.
 *
 * @returns the exit code: 0 when every request was answered in the end
 */
export async function demonstrate(url: string, supervisor: Supervisor, stop: AbortSignal): Promise<number> {
  const seen = new Map<string, number>();
  let begun = 0;
  let lost = 0;
  let killed: string | undefined;
  /** Who was there before the kill: who answers and is none of these is new. */
  let before = new Set<string>();

  async function request(): Promise<string> {
    stop.throwIfAborted();
    const answer = await ask(url);
    const pid = answer.body.trim();
    lost += answer.lost;
    seen.set(pid, (seen.get(pid) ?? 0) + 1);
    return pid;
  }
  async function client(): Promise<void> {
    while (begun < REQUESTS) {
      const number = ++begun;
      const pid = await request();
      if (number !== REQUESTS / 2) continue;
      killed = pid;
      before = new Set(supervisor.pids.map(String));
      console.log(`worker ${pid} is killed by SIGKILL`);
      process.kill(Number(pid), 'SIGKILL');
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client));

  const newOne = () => [...seen.keys()].find((pid) => !before.has(pid));
  for (let more = 0; newOne() === undefined && more < MOST_MORE; more++) await request();
  const heir = newOne();
  const answered = [...seen.values()].reduce((sum, each) => sum + each, 0);
  const rows = [...seen].map(([pid, count]) => [
    pid,
    count,
    pid === killed ? 'killed' : pid === heir ? 'new' : '',
  ]);
  for (const line of tableOf(['worker', 'answers', ''], rows)) console.log(line);
  console.log(
    `${answered} requests, all answered; ${lost} of them were lost with the worker, and asked again`,
  );
  const { hits } = JSON.parse((await ask(`${url}stats`)).body) as { hits: number };
  console.log(`${hits} hits, as the workers counted in shared memory`);

  const response = await begin(`${url}slow/500`);
  const ending = supervisor.end();
  const rest = await text(response);
  await ending;
  const isFinished = rest.startsWith('wait\n') && rest.trim() !== 'wait';
  console.log(`told to end in the middle of a request: it was ${isFinished ? 'finished' : 'cut off'}`);
  return isFinished && heir !== undefined && hits >= answered && hits <= answered + lost ? 0 : 1;
}
