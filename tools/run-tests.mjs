// Runs every test of the repository once: node tools/run-tests.mjs [arguments of vitest]
// Its last line is always "N passed, N failed"; it fails unless something passed and nothing failed.
//   MP_TEST_RECORD=1   records how long each file took: the next runs begin with the longest
import { readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { record } from './longest-first.mjs';
import { ROOT } from './workspace.mjs';

process.chdir(ROOT);
delete process.env.FORCE_COLOR;
process.env.NO_COLOR = '1';
/** Part of the name of every segment directory that a test file of this run makes. */
process.env.MP_TEST_RUN = `run${process.pid}`;
/** Which cases of exhaustive tests are run, see packages/testing/src/sample.ts. */
process.env.MP_TEST_SEED ??= String(Math.floor(Math.random() * 2 ** 31));
if (process.env.MP_TEST_ALL !== '1')
  console.log(`MP_TEST_SEED=${process.env.MP_TEST_SEED}: a sample of the cuts`);
let passed = 0;
/** What failed, each in a line: tests, files that cannot be loaded, hooks, errors outside of all tests. */
const failures = [];

try {
  await runVitest(process.argv.slice(2));
} catch (error) {
  console.error(error);
  failures.push(`the run itself: ${error}`);
}
for (const folder of ['/dev/shm', tmpdir()]) {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`mp-test-${process.env.MP_TEST_RUN}-`)) continue;
    failures.push(`left behind: ${join(folder, name)}`);
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}
for (const failure of failures) console.log(`failed: ${failure.split('\n', 1)[0]}`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exit(passed > 0 && failures.length === 0 ? 0 : 1);

/** @param {string[]} args */
async function runVitest(args) {
  const { parseCLI, startVitest } = await import('vitest/node');
  const { filter, options } = parseCLI(['vitest', 'run', ...args]);
  /** @type {import('vitest/node').Reporter} */
  const counter = {
    onTestRunEnd(modules, unhandledErrors) {
      for (const module of modules) count(module, options.testNamePattern !== undefined);
      if (process.env.MP_TEST_RECORD === '1') record(modules.map(secondsOf));
      for (const error of unhandledErrors) failures.push(`outside of all tests: ${error.message}`);
    },
  };
  const more = { watch: false, reporters: ['default', counter] };
  const vitest = await startVitest('test', filter, { ...options, ...more });
  await vitest.close();
}

/**
 * @param {import('vitest/node').TestModule} module
 * @returns {[path: string, seconds: number]} all that a worker did for it, to a tenth of a second
 */
function secondsOf(module) {
  const { environmentSetupDuration, prepareDuration, collectDuration, setupDuration, duration } =
    module.diagnostic();
  const all = environmentSetupDuration + prepareDuration + collectDuration + setupDuration + duration;
  return [module.relativeModuleId, Math.round(all / 100) / 10];
}

/** @param {import('vitest/node').TestModule} module @param {boolean} isFiltered */
function count(module, isFiltered) {
  const name = module.relativeModuleId;
  for (const test of module.children.allTests()) {
    const { state, errors } = test.result();
    if (state === 'passed') passed++;
    else if (state === 'failed') failures.push(`${name}: "${test.fullName}": ${errors?.[0]?.message}`);
    else if (!isFiltered) failures.push(`${name}: "${test.fullName}" did not run (${state})`);
  }
  const groups = [module, ...module.children.allSuites()];
  for (const error of groups.flatMap((group) => group.errors())) failures.push(`${name}: ${error.message}`);
  if (module.state() === 'pending' || module.state() === 'queued') failures.push(`${name}: it did not end`);
}
