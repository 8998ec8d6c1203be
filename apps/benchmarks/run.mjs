import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { directoryOf } from './harness/contenders.mjs';
import { contest, selected } from './harness/contest.mjs';
import { installRivals, linkOurs } from './harness/install.mjs';
import { killAll, kills, killTables } from './harness/kills.mjs';
import { machine, versions } from './harness/machine.mjs';
import { endPrograms } from './harness/program.mjs';
import { table } from './harness/table.mjs';

const names = readdirSync(new URL('bench/', import.meta.url))
  .filter((file) => file.endsWith('.mjs'))
  .map((file) => file.slice(0, -'.mjs'.length));

const usage = `npm run bench -- [name…] [--quick] [--only word]… [--node path]

Runs @mp beside its rivals and writes apps/benchmarks/results/<name>.json.
  name…        ${names.join(' ')}; all without a name
  ${kills.name}        what becomes of pools whose workers are killed, a table; only by its name
  --node path  by another Node, whose major version is then part of the results' names
  --quick      one short round each, to see that they run; writes nothing
  --only word  only contenders whose name contains the word; writes nothing`;

const asked = readArguments();
if (asked?.node !== undefined) process.exitCode = runBy(asked.node);
else if (asked !== undefined) await main(asked);

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        node: { type: 'string' },
        quick: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', default: false },
      },
    });
    const unknown = positionals.filter((name) => name !== kills.name && !names.includes(name));
    if (unknown.length > 0)
      throw new Error(`There is no benchmark ${unknown.map((name) => `"${name}"`).join(', ')}`);
    if (!values.help) return { ...values, names: positionals.length > 0 ? positionals : names };
    console.log(usage);
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    process.exitCode = 2;
  }
  return undefined;
}

/** Runs the same by another Node: then everything in it is that one's. @returns its exit code */
function runBy(node) {
  const args = process.argv.slice(2);
  const at = args.findIndex((arg) => arg.startsWith('--node'));
  args.splice(at, args[at].includes('=') ? 1 : 2);
  const env = { ...process.env, MP_BENCH_OTHER_NODE: '1' };
  const { error, status } = spawnSync(node, [fileURLToPath(import.meta.url), ...args], {
    stdio: 'inherit',
    env,
  });
  if (error) console.error(`Cannot run ${node}: ${error.message}`);
  return status ?? 2;
}

async function main({ names, quick, only }) {
  const benchmarks = [];
  for (const name of names.filter((each) => each !== kills.name))
    benchmarks.push({ name, ...(await import(`./bench/${name}.mjs`)).default });
  const packages = new Set(
    [...benchmarks, ...(names.includes(kills.name) ? [kills] : [])]
      .flatMap((each) => selected(each, only).map(({ needs }) => needs))
      .filter(Boolean),
  );
  if ([...packages].some((name) => !name.startsWith('@mp/'))) installRivals();
  linkOurs();
  if (benchmarks.some((each) => selected(each, only).some(({ backend }) => backend === 'posix')))
    buildPosix();
  const removeSegments = segmentsOfOurOwn();
  const progress = process.stderr.isTTY ? (text) => process.stderr.write(`\r\x1b[K${text}`) : () => {};
  try {
    for (const benchmark of benchmarks) {
      const result = await contest(benchmark, { quick, only, progress });
      progress('');
      console.log(`${table(benchmark, result)}\n`);
      if (!quick && only.length === 0) keepRace(benchmark, result, packages);
      if (result.absent.some(({ failed }) => failed)) process.exitCode = 1;
    }
    if (names.includes(kills.name)) {
      const result = await killAll({ quick, only, progress });
      progress('');
      console.log(killTables(result));
      if (!quick && only.length === 0) keep(kills.name, kills.title, result, packages);
    }
  } finally {
    removeSegments();
  }
}

/** A segment directory for this run alone, so that a round that was ended in the middle leaves nothing behind. */
function segmentsOfOurOwn() {
  const directory = mkdtempSync(join(sharedMemory(), 'mp-bench-'));
  process.env.MP_DIR = directory;
  const remove = () => {
    for (const each of [directory, directoryOf('posix')]) rmSync(each, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      endPrograms();
      remove();
      process.exit(signal === 'SIGINT' ? 130 : 143);
    });
  }
  return remove;
}

/** The backend of macOS, which `npm run build` does not make. */
function buildPosix() {
  const script = fileURLToPath(new URL('../../packages/native/build.mjs', import.meta.url));
  const { status } = spawnSync(process.execPath, [script, '--posix'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error('Cannot build the posix backend of @mp/native');
}

function sharedMemory() {
  return process.platform === 'linux' ? '/dev/shm' : tmpdir();
}

function keepRace(benchmark, { params, rounds, rows, absent, targets }, packages) {
  const { name, title, metrics, baseline } = benchmark;
  keep(name, title, { rounds, params, metrics, baseline, rows, absent, targets }, packages);
}

function keep(name, title, found, packages) {
  const record = {
    name,
    title,
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    versions: versions(packages),
    ...found,
  };
  const directory = new URL('results/', import.meta.url);
  mkdirSync(directory, { recursive: true });
  const file = process.env.MP_BENCH_OTHER_NODE ? `${name}.node-${process.versions.node.split('.')[0]}` : name;
  writeFileSync(new URL(`${file}.json`, directory), `${JSON.stringify(record, null, 2)}\n`);
}
