// node tools/release/installs.mjs: measures what each package brings, alone in a project, and writes docs/installs.md.
// The last step of `npm run pack:check`. Nothing fails here: how long an import takes depends on the machine.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { binaryOf, TARGETS } from '../prebuilds/targets.mjs';
import { ROOT } from '../workspace.mjs';
import { bytesIn, makePacks } from './packs.mjs';
import { installedPackages, installProject } from './project.mjs';

/** Runs of each program: the programs take turns, so that a slow moment of the machine hits all of them. */
const RUNS = 25;

const folder = mkdtempSync(join(tmpdir(), 'mp-installs-'));
try {
  const packs = makePacks(folder);
  const native = packs.find(({ name }) => name === '@mp/native')?.contents ?? '';
  // Without `npm run prebuilds`, only the one that was built for this machine.
  const binaries = TARGETS.filter((target) => existsSync(binaryOf(target, native))).length;
  const projects = packs.map(({ name, file }) => {
    const path = join(folder, 'alone', name);
    installProject(path, 'npm', packs, [name]);
    writeFileSync(join(path, 'import.mjs'), `import '${name}';\n`);
    return { name, file, path, program: join(path, 'import.mjs') };
  });
  mkdirSync(join(folder, 'empty'));
  const empty = join(folder, 'empty/empty.mjs');
  writeFileSync(empty, '');
  const times = measured([empty, ...projects.map(({ program }) => program)]);
  const least = times.get(empty) ?? Number.NaN;
  const rows = projects.map(({ name, file, path, program }) => [
    `\`${name}\``,
    kib(statSync(file).size),
    kib(bytesIn(join(path, 'node_modules'))),
    String(installedPackages(path).length),
    ((times.get(program) ?? Number.NaN) - least).toFixed(1),
  ]);
  writeFileSync(join(ROOT, 'docs/installs.md'), page(rows, least, binaries));
  console.log(rows.map((row) => row.join('\t')).join('\n'));
} finally {
  rmSync(folder, { recursive: true });
}

/**
 * The median time that Node takes for each program, from its start to its end.
 *
 * @param {string[]} programs
 * @returns {Map<string, number>} milliseconds
 */
function measured(programs) {
  // Node 20 reads these certificates of a machine at each start, which has nothing to do with an import.
  const { NODE_EXTRA_CA_CERTS, ...env } = process.env;
  const times = new Map(programs.map((program) => [program, /** @type {number[]} */ ([])]));
  for (let run = 0; run < RUNS; run++) {
    for (const [program, taken] of times) {
      const start = performance.now();
      /** @type {import('node:child_process').StdioOptions} */
      const stdio = ['ignore', 'ignore', 'inherit'];
      const { status } = spawnSync(process.execPath, [program], { env, stdio });
      if (status !== 0) throw new Error(`${program} ended with ${status}`);
      taken.push(performance.now() - start);
    }
  }
  return new Map([...times].map(([program, taken]) => [program, taken.sort((a, b) => a - b)[RUNS >> 1]]));
}

/** @param {number} bytes */
function kib(bytes) {
  return Math.ceil(bytes / 1024).toLocaleString('en');
}

/** @param {string[][]} rows @param {number} least @param {number} binaries */
function page(rows, least, binaries) {
  const table = rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
  return `---
title: What each package brings
description: How large each package is when it is installed alone, and how long its import takes.
order: 5
---
# What each package brings

Every package can be installed by itself. This is what is on the disk then, and how much longer a program takes that only
imports it than an empty one. \`npm run pack:check\` installs each, runs its examples, and writes this page.

| package | tarball, KiB | installed with all it needs, KiB | packages | import, ms |
| --- | ---: | ---: | ---: | ---: |
${table}

Node ${process.versions.node} on ${process.platform}-${process.arch}, ${cpus().length} cores (${cpus()[0]?.model.trim()}). The
empty program takes ${least.toFixed(1)} ms; each figure is the median of ${RUNS} runs, in turn, less that. No package has an install
script, and none of them needs a compiler. \`@mp/lock\` is meant to bring 1 MiB and 15 ms at most. \`@mp/native\`
has ${binaries} of the ${TARGETS.length} binaries of a release here.
`;
}
