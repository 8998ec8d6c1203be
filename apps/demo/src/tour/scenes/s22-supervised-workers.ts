// A master that keeps its workers running, as nginx does: one that is killed is started again, and SIGTERM to the master
// ends them all. What Python does with SIGCHLD is join() here. There is no os.fork(): a child is always started anew. And
// select, poll and epoll are what the event loop is made of.
import { isMain, Process, task } from '@mp/process';
import { Queue } from '@mp/queue';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'Supervised workers',
  seed: '577–584',
  proof({ lines }) {
    prove('the lines', lines, [
      'master: a worker was killed by signal 9: another one starts',
      'master: told to end',
      'master: 3 workers were ended by signal 15',
    ]);
  },
};

export const serve = task(import.meta, async (up: Queue<number>) => {
  await up.put(process.pid);
  setInterval(() => {}, 60_000);
});

export const supervise = task(import.meta, async (up: Queue<number>) => {
  const workers = new Set<Process>();
  let isEnding = false;
  process.once('SIGTERM', () => {
    isEnding = true;
    console.log('master: told to end');
    for (const worker of workers) worker.terminate();
  });

  /** Has one worker at a time, until the master ends. @returns how the last one ended */
  async function keepOne(): Promise<number | undefined> {
    for (;;) {
      const worker = new Process({ target: serve, args: [up] });
      worker.start();
      workers.add(worker);
      await worker.join();
      workers.delete(worker);
      if (isEnding) return worker.exitCode;
      console.log(`master: a worker was killed by signal ${-worker.exitCode!}: another one starts`);
    }
  }
  const ends = await Promise.all([keepOne(), keepOne(), keepOne()]);
  prove('all were ended by the same signal', new Set(ends).size, 1);
  console.log(`master: ${ends.length} workers were ended by signal ${-ends[0]!}`);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

if (isMain(import.meta)) {
  const up = new Queue<number>();
  const master = new Process({ target: supervise, args: [up] });
  master.start();
  const first = [await up.get(), await up.get(), await up.get()];
  process.kill(first[1], 'SIGKILL');
  const another = await up.get();
  prove('the other one is a new process', first.includes(another), false);
  const all = [first[0], another, first[2]];
  prove('alive', all.map(isAlive), [true, true, true]);

  process.kill(master.pid!, 'SIGTERM');
  await master.join();
  prove('the exit code of the master', master.exitCode, 0);
  prove('alive at the end', all.map(isAlive), [false, false, false]);
}
