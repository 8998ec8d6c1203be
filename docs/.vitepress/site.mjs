// The site: node docs/.vitepress/site.mjs build | dev. It writes the API reference first; a build is checked.
import { fileURLToPath } from 'node:url';
import { build, createServer } from 'vitepress';
import { writeApi } from './api.mjs';
import { DIST, siteProblems } from './check.mjs';

const DOCS = fileURLToPath(new URL('..', import.meta.url));

const [command] = process.argv.slice(2);
if (command === 'dev') {
  await timed('API reference', writeApi);
  const server = await createServer(DOCS);
  await server.listen();
  server.printUrls();
} else if (command === 'build') {
  await timed('API reference', writeApi);
  await timed('pages', () => build(DOCS));
  const { problems, summary } = await timed('check', async () => siteProblems(DIST));
  for (const problem of problems) console.error(problem);
  console.log(summary);
  process.exitCode = problems.length > 0 ? 1 : 0;
} else {
  console.error('Usage: node docs/.vitepress/site.mjs build | dev');
  process.exitCode = 2;
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
