import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { manifestOf } from './contenders.mjs';
import { pythons } from './pythons.mjs';
import { redisVersion } from './redis-server.mjs';

/** What the figures depend on: the machine, without anything that names it or its user. */
export function machine() {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release()}`,
    arch: process.arch,
  };
}

/** The versions of everything that ran: Node and its parts, Pythons, the rivals, ours with its commit. @param packages a set of names */
export function versions(packages) {
  const all = { node: process.versions.node, v8: process.versions.v8, uv: process.versions.uv };
  for (const { version } of pythons()) all[`python ${version.split('.', 2).join('.')}`] = version;
  for (const name of packages) {
    const version = manifestOf(name)?.version;
    if (version !== undefined) all[name] = version;
  }
  if (packages.has('redis')) all['redis-server'] = redisVersion();
  all.commit = commit();
  return all;
}

/** The commit that was measured, marked when the tree had other changes than results. */
function commit() {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const git = (...args) =>
    execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const changed = git('status', '--porcelain', '--', ':/', ':(exclude,top)apps/benchmarks/results');
    return git('rev-parse', '--short=12', 'HEAD') + (changed === '' ? '' : ' with changes');
  } catch {
    return 'unknown'; // Not in a git clone.
  }
}
