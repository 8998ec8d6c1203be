// A master and its workers are programs that have nothing in common but an address and a key; here all are on one machine, and
// talk by TCP. The master has a queue of tasks and one of results, which the workers find by their names. A task is leased: that
// of a worker that dies goes to another one. A worker with a wrong key is not let in.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isMain, Manager } from '@mp/manager';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const NUMBERS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

export const scene: Scene = {
  title: 'A master and its workers, by TCP',
  seed: '9, 570, 1974',
  proof({ lines }) {
    prove('the lines', lines, [
      'a worker with another key: AuthenticationError',
      ...NUMBERS.map((n) => `${n} * ${n} = ${n * n}`),
      'workers that have ended: 2',
    ]);
  },
};

/** One number and its square. */
interface Result {
  number: number;
  square: number;
  /** The pid of its worker. */
  by: number;
}

async function queuesOf(manager: Manager) {
  return [
    await manager.queue<number>({ name: 'tasks' }),
    await manager.queue<Result>({ name: 'results' }),
  ] as const;
}

/** The program of a worker. @returns its exit code */
async function work(host: string, port: number, authKey: string): Promise<number> {
  const manager = await Manager.connect({ host, port }, { authKey }).catch((error: Error) => error);
  if (manager instanceof Error) {
    console.log(`a worker with another key: ${manager.name}`);
    return 1;
  }
  const [tasks, results] = await queuesOf(manager);
  for await (const task of tasks.leases()) {
    const number = task.value;
    await results.put({ number, square: number * number, by: process.pid });
    await task.ack();
  }
  await manager.close();
  return 0;
}

/** The program of the master, which starts the workers itself: nobody else does it in a tour. */
async function master(): Promise<void> {
  const authKey = 'a secret of all';
  const server = await Manager.serve({ host: '127.0.0.1', port: 0 }, { authKey });
  const { host, port } = server.address as { host: string; port: number };
  const program = fileURLToPath(import.meta.url);
  const start = (key: string) => {
    const env = { ...process.env, AUTH_KEY: key };
    const args = [program, 'worker', host, String(port)];
    const child = spawn(process.execPath, args, { env, stdio: 'inherit' });
    return { pid: child.pid, ended: once(child, 'close') };
  };
  prove('how a worker with another key ends', await start('a guess').ended, [1, null]);

  const manager = await Manager.connect(server.address, { authKey });
  const [tasks, results] = await queuesOf(manager);
  const workers = [start(authKey), start(authKey)];
  await tasks.putMany(NUMBERS);
  const found: Result[] = [];
  while (found.length < NUMBERS.length) found.push(await results.get());
  for (const { number, square } of found.sort((a, b) => a.number - b.number))
    console.log(`${number} * ${number} = ${square}`);
  const pids = workers.map(({ pid }) => pid);
  prove(
    'all are by workers',
    found.filter(({ by }) => !pids.includes(by)),
    [],
  );

  await tasks.shutdown();
  const ends = await Promise.all(workers.map(({ ended }) => ended));
  console.log(`workers that have ended: ${ends.filter(([code]) => code === 0).length}`);
  await manager.close();
  await server.shutdown();
}

if (isMain(import.meta)) {
  const [role, host, port] = process.argv.slice(2);
  if (role === 'worker') process.exitCode = await work(host, Number(port), process.env.AUTH_KEY!);
  else await master();
}
