// npm run prebuilds: makes the binaries that a release of @mp/native carries, one for each target, and checks them.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { compilerOptions, linkerOptions, sources } from '../../packages/native/compile.mjs';
import { binaryOf, TARGETS } from './targets.mjs';
import { compile, linkForMac } from './zig.mjs';

for (const target of TARGETS) {
  const start = performance.now();
  process.stderr.write(`${target.name} … `);
  mkdirSync(dirname(binaryOf(target)), { recursive: true });
  if (target.platform === 'linux') makeForLinux(target);
  else makeForMac(target);
  process.stderr.write(`${((performance.now() - start) / 1000).toFixed(1)} s\n`);
}
await import('./check.mjs');

/** @param {import('./targets.mjs').Target} target */
function makeForLinux(target) {
  const { zig, backend, platform } = target;
  compile(zig, [
    ...compilerOptions(backend),
    ...linkerOptions(platform),
    ...sources(backend),
    '-o',
    binaryOf(target),
  ]);
}

/** @param {import('./targets.mjs').Target} target */
function makeForMac(target) {
  const { zig, backend } = target;
  const place = mkdtempSync(join(tmpdir(), 'mp-prebuilds-'));
  try {
    const objects = sources(backend).map((source, index) => {
      const object = join(place, `${index}.o`);
      compile(zig, [...compilerOptions(backend), '-c', source, '-o', object]);
      return object;
    });
    linkForMac(zig, objects, binaryOf(target));
  } finally {
    rmSync(place, { recursive: true });
  }
}
