// Holds a lock, and dies: node holder.mjs <adapter> <address> <milliseconds>. Says "held", and the moment of its death.
import { writeSync } from 'node:fs';

const [adapter, address, milliseconds] = process.argv.slice(2);
const { hold } = await import(`../${adapter}`);
await hold(address);
writeSync(1, 'held\n');
setTimeout(() => {
  writeSync(1, `${process.hrtime.bigint()}\n`);
  process.kill(process.pid, 'SIGKILL');
}, Number(milliseconds));
