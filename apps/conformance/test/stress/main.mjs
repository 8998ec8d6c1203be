// npm run stress -- [--seconds N] [--seed S] [scenario…]: random work and random deaths, until the time is over.
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { removeDirectory, run, useOwnDirectory } from './run.mjs';

const known = readdirSync(new URL('./scenarios/', import.meta.url)).map((file) => file.replace('.mjs', ''));
const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } },
  allowPositionals: true,
});
const seconds = Number(values.seconds);
const first = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
const names = positionals.length > 0 ? positionals : known;
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0 || !(seconds > 0) || !Number.isInteger(first)) {
  console.error(`Usage: npm run stress -- [--seconds N] [--seed S] [${known.join('|')}…]`);
  process.exit(2);
}

/** Long runs are many short ones, each with new peers and the next seed. */
const SLICE_S = 20;
const slice = Math.min(SLICE_S, seconds / names.length / 2);
const directory = useOwnDirectory();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    removeDirectory(directory);
    process.exit(1);
  });
}
const end = performance.now() + seconds * 1_000;
try {
  for (let seed = first, isFirst = true; isFirst || performance.now() < end; seed++, isFirst = false) {
    for (const name of names) {
      for (const killing of [false, true]) {
        const what = `${name}, seed ${seed}${killing ? ', killing' : ''}`;
        try {
          const { turns, kills, rescued } = await run(name, seed, slice, killing);
          console.log(`${what}: ${turns} turns, ${kills} killed, ${rescued} rescued`);
        } catch (error) {
          console.error(`${what}: failed\n${error.stack}`);
          process.exitCode = 1;
        }
        if (process.exitCode) break;
      }
      if (process.exitCode) break;
    }
    if (process.exitCode) break;
  }
} finally {
  removeDirectory(directory);
}
process.exit();
