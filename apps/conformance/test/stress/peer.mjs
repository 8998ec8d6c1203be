// One party of a run, in a process or a worker thread: does turn after turn of its scenario until it is told to stop.
import { workerData } from 'node:worker_threads';
import { Ledger } from './ledger.mjs';
import { Random } from './random.mjs';

async function takePart({ name, place, seeds }) {
  const { scenario } = await import(`./scenarios/${name}.mjs`);
  const ledger = new Ledger();
  const objects = scenario.open();
  const random = new Random(...seeds);
  while (!ledger.isStopped) {
    await scenario.turn({ objects, ledger, random, place });
    ledger.count(place);
  }
  scenario.close(objects);
  ledger.end();
}

// Not awaited at the top level: Node 20 ends the whole process when a thread is terminated in the evaluation of such a module.
takePart(workerData ?? JSON.parse(process.argv[2]));
