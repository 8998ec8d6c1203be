// The site: node docs/.vitepress/site.mjs build | dev. It writes the API reference first; a build is checked.
import { fileURLToPath } from 'node:url';
import { build, createServer } from 'vitepress';
import { writeApi } from './api.mjs';
import { DIST, siteProblems } from './check.mjs';

const DOCS = fileURLToPath(new URL('..', import.meta.url));

const [command] = process.argv.slice(2);
try {
  if (command === 'dev') await dev();
  else if (command === 'build') await buildAndCheck();
  else throw new Error('Usage: node docs/.vitepress/site.mjs build | dev');
} catch (error) {
  // Errors of the bundler hold every file that it has read.
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function dev() {
  await timed('API reference', writeApi);
  const server = await createServer(DOCS);
  await server.listen();
  server.printUrls();
}

async function buildAndCheck() {
  await timed('API reference', writeApi);
  await timed('pages', () => build(DOCS));
  const { problems, summary } = await timed('check', async () => siteProblems(DIST));
  console.log(summary);
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

/**
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} run
 * @returns {Promise<T>}
 */
async function timed(what, run) {
  const start = performance.now();
  const result = await run();
  console.log(`${what}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return result;
}
