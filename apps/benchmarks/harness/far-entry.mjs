// The far side of a round, as a process or as a thread: makes its side of the adapter, then does as ordered.
import { createInterface } from 'node:readline';
import { isMainThread, workerData } from 'node:worker_threads';

const context = isMainThread ? JSON.parse(process.argv[2]) : workerData.context;
const say = isMainThread
  ? (report) => process.stdout.write(`${JSON.stringify(report)}\n`)
  : (report) => workerData.orders.postMessage(report);

const { far } = await import(`../${context.adapter}`);
const side = await far(context);

async function obey({ work, count }) {
  const before = process.cpuUsage();
  const result = await side[work](count);
  const { user, system } = process.cpuUsage(before);
  say({ result, cpu: user + system });
}

if (isMainThread) {
  const orders = createInterface({ input: process.stdin });
  orders.on('line', (line) => void obey(JSON.parse(line)));
  orders.on('close', () => process.exit());
} else {
  workerData.orders.on('message', (order) => void obey(order));
}
say({ ready: true });
