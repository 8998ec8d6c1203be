// A registry of npm packages on this machine, which knows nothing of any other.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ROOT } from '../workspace.mjs';

const HOME = join(ROOT, 'tools/registry');
/** Milliseconds within which it has to answer. */
const READY_WITHIN = 60_000;

/**
 * Starts it, and installs it before if need be.
 *
 * @param {string} folder an empty one, for what is published there
 * @returns {Promise<{ url: string, variables: Record<string, string>, stop(): Promise<void> }>} `variables` make a package
 *   manager use it
 */
export async function startRegistry(folder) {
  install();
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'config.yaml');
  writeFileSync(config, configuration(folder));
  const port = await freePort();
  const program = join(HOME, 'node_modules/verdaccio/bin/verdaccio');
  const args = [program, '--config', config, '--listen', `127.0.0.1:${port}`];
  const server = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const url = `http://127.0.0.1:${port}/`;
  const userconfig = join(folder, 'npmrc');
  // It asks nobody who they are; the clients want to have something to say all the same.
  writeFileSync(userconfig, `registry=${url}\n//127.0.0.1:${port}/:_authToken=anyone\n`);
  const variables = {
    npm_config_userconfig: userconfig,
    npm_config_registry: url,
    npm_config_cache: join(folder, 'cache'),
  };
  try {
    await answers(url, server);
  } catch (error) {
    server.kill();
    throw error;
  }
  return {
    url,
    variables,
    async stop() {
      if (server.exitCode !== null || server.signalCode !== null) return;
      server.kill();
      await once(server, 'exit');
    },
  };
}

function install() {
  if (existsSync(join(HOME, 'node_modules/.package-lock.json'))) return;
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', args, { cwd: HOME, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`Cannot install the registry of ${HOME}: npm ended with ${status}`);
}

/** @param {string} folder */
function configuration(folder) {
  return `storage: ${join(folder, 'storage')}
auth:
  htpasswd:
    file: ${join(folder, 'htpasswd')}
packages:
  '**':
    access: $all
    publish: $all
web:
  enable: false
max_body_size: 100mb
log: { type: stdout, format: pretty, level: error }
`;
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('There is no free port');
  return address.port;
}

/** @param {string} url @param {import('node:child_process').ChildProcess} server */
async function answers(url, server) {
  const end = performance.now() + READY_WITHIN;
  while (performance.now() < end) {
    if (server.exitCode !== null) throw new Error(`The registry ended with ${server.exitCode}`);
    const answer = await fetch(`${url}-/ping`).catch(() => undefined);
    if (answer?.ok) return;
    await delay(100);
  }
  throw new Error(`The registry did not answer within ${READY_WITHIN / 1000} s`);
}
