import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childrenOf, descendantsOf, eventually, isRunning, leakCheck, spawnFixture } from '@mp/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Ledger } from '../src/jobs/ledger.ts';
import { MAIN } from './tour.ts';

leakCheck();

const JOBS_PY = fileURLToPath(new URL('./jobs.py', import.meta.url));
const LOSE_A_JOB = new URL('./fixtures/lose-a-job.mjs', import.meta.url);

let folder: string;
let out: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mp-demo-'));
  out = join(folder, 'jobs');
});
afterEach(async () => {
  await jobs('clear');
  expect(namesInMemory(), 'names left behind').toEqual([]);
  expect(readdirSync(folder), 'files left behind').toEqual([]);
  rmSync(folder, { recursive: true });
});

function start(...args: string[]) {
  return spawnFixture(MAIN, { args: ['jobs', ...args, '--out', out] });
}

async function jobs(...args: string[]) {
  const run = start(...args);
  const lines = await run.rest();
  const { code } = await run.exited;
  return { code, lines, errors: run.stderr };
}

/** Queues and locks that have a name. */
function namesInMemory(): string[] {
  return readdirSync(process.env.MP_DIR!).filter((file) => /^n-[^+]*$/.test(file));
}

function outcomes(): string[] {
  return readdirSync(join(out, 'outcome'));
}

/** Every job has the outcome that it has to have, once. */
function expectExact(count: number): void {
  const run = spawnSync('python3', [JOBS_PY, out, String(count)], { encoding: 'utf8' });
  expect(run.stdout, run.stderr).toBe('exact\n');
}

/** A process may have ended meanwhile: then it needs no signal. */
function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const CLEAN = { code: 0, errors: '' };

/** So many that they take seconds: what is to end the work finds some undone. */
const MANY = 300;
const MANY_FAIL = [50, 100, 150, 200, 250, 300];
const MANY_TOTALS = [
  `${MANY} jobs: ${MANY - MANY_FAIL.length} done, ${MANY_FAIL.length} failed`,
  `failed in 10 attempts: ${MANY_FAIL.join(', ')}`,
];

describe('the life of jobs', () => {
  test('they are added, worked on, counted and removed', async () => {
    expect(await jobs('add', '40')).toEqual({ ...CLEAN, lines: ['added the jobs 1 to 40'] });
    expect(await jobs('add', '20')).toEqual({ ...CLEAN, lines: ['added the jobs 41 to 60'] });
    expect(await jobs('status')).toEqual({
      ...CLEAN,
      lines: ['60 jobs: 0 done, 0 failed', '60 wait, 0 are being worked on'],
    });
    const totals = ['60 jobs: 59 done, 1 failed', 'failed in 10 attempts: 50'];
    expect(await jobs('work', '--workers', '2')).toEqual({ ...CLEAN, lines: totals });
    expectExact(60);
    expect(await jobs('status')).toEqual({ ...CLEAN, lines: totals });
    expect(await jobs('work')).toEqual({ ...CLEAN, lines: totals });
    // Those that were done stay.
    await jobs('add', '1');
    expect((await jobs('work')).lines[0]).toBe('61 jobs: 60 done, 1 failed');
    expectExact(61);
    expect(await jobs('clear')).toEqual({ ...CLEAN, lines: [] });
    expect(namesInMemory()).toEqual([]);
  });

  test('looking for jobs where there are none makes nothing', async () => {
    for (const action of ['status', 'work', 'clear']) {
      const { code, lines } = await jobs(action);
      expect([code, lines]).toEqual([0, [expect.stringMatching(`^there are no jobs in ${out}; `)]]);
    }
    expect(namesInMemory()).toEqual([]);
  });

  test('what is not ours in the directory stays', async () => {
    mkdirSync(out);
    writeFileSync(join(out, 'notes.txt'), 'mine');
    await jobs('add', '1');
    await jobs('clear');
    expect(readdirSync(out)).toEqual(['notes.txt']);
    rmSync(out, { recursive: true });
  });

  test('jobs that are worked on are not removed', async () => {
    await jobs('add', '2000');
    const work = start('work', '--workers', '1');
    await eventually('a job is done', () => outcomes().length > 0);
    const { code, errors } = await jobs('clear');
    expect([code, errors]).toEqual([
      1,
      `Cannot remove the jobs of ${out}: another process works on them. End it first\n`,
    ]);
    await work.kill('SIGINT');
  });
});

describe('when processes are killed', () => {
  test('the job of a worker goes to another one', async () => {
    await jobs('add', '120');
    const work = start('work', '--workers', '2');
    for (const done of [5, 30, 55]) {
      await eventually('some more jobs are done', () => outcomes().length > done);
      const worker = await eventually('there is a worker, or the work is over', () => {
        return isRunning(work.pid) ? childrenOf(work.pid).filter(isRunning)[0] : work.pid;
      });
      tell(worker, 'SIGKILL');
    }
    const lines = await work.rest();
    expect(await work.exited, work.stderr).toEqual({ code: 0, signal: null });
    const restarts = /^(\d+) workers were killed, and others started$/.exec(lines[0])![1];
    // One job takes a worker along, in each of its ten attempts; ours may be among these. The last death may be the end.
    expect(Number(restarts)).toBeGreaterThanOrEqual(9);
    expect(lines.slice(1)).toEqual(['120 jobs: 118 done, 2 failed', 'failed in 10 attempts: 50, 100']);
    expectExact(120);
  });

  test('everything goes on where it was, after all of them', async () => {
    await jobs('add', String(MANY));
    const first = start('work', '--workers', '2');
    await eventually('some jobs are done', () => outcomes().length > 10);
    const workers = descendantsOf(first.pid);
    await first.kill();
    await eventually('the workers are gone, too', () => !workers.some(isRunning));
    const left = MANY - outcomes().length;
    expect(left).toBeGreaterThan(0);
    // The system gives up the locks of the dead some moments after them.
    const idle = `${left} wait, 0 are being worked on`;
    await eventually('the leases of the dead are over', async () => {
      return (await jobs('status')).lines.at(-1) === idle;
    });
    const { lines, ...rest } = await jobs('work');
    expect(rest).toEqual(CLEAN);
    expect(lines.slice(-2)).toEqual(MANY_TOTALS);
    expectExact(MANY);
  });

  test('a job that was done and not acknowledged is not done again', async () => {
    await jobs('add', '9');
    writeFileSync(join(out, 'outcome/7'), 'done by one that was killed\n');
    expect((await jobs('work')).lines).toEqual(['9 jobs: 9 done, 0 failed']);
    expect(readFileSync(join(out, 'outcome/7'), 'utf8')).toBe('done by one that was killed\n');
  });

  test('jobs that were recorded and not yet put into the queue are put', async () => {
    await jobs('add', '4');
    writeFileSync(join(out, 'jobs.json'), JSON.stringify({ added: 9, queued: 4 }));
    expect((await jobs('work')).lines).toEqual(['9 jobs: 9 done, 0 failed']);
    expectExact(9);
  });

  test('a job that was lost with the lock is put again', async () => {
    await jobs('add', '9');
    const name = namesInMemory()
      .find((file) => !file.endsWith('-lock'))!
      .slice(2);
    const fixture = spawnFixture(LOSE_A_JOB, { args: [name] });
    expect(await fixture.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect((await jobs('work')).lines).toEqual(['9 jobs: 9 done, 0 failed']);
    expectExact(9);
  });

  test('a queue that a restart of the machine has taken is filled again', async () => {
    await jobs('add', '9');
    await jobs('work');
    await jobs('add', '9');
    for (const file of readdirSync(process.env.MP_DIR!).filter((each) => each.startsWith('n-'))) {
      rmSync(join(process.env.MP_DIR!, file));
    }
    expect((await jobs('status')).lines).toEqual([
      '18 jobs: 9 done, 0 failed',
      '9 wait, 0 are being worked on',
    ]);
    expect((await jobs('work')).lines).toEqual(['18 jobs: 18 done, 0 failed']);
    expectExact(18);
  });
});

test('an outcome is recorded once: the first one stays', () => {
  const ledger = new Ledger(out);
  ledger.create();
  expect(ledger.record(1, 'done first')).toBe(true);
  expect(ledger.record(1, 'done second')).toBe(false);
  expect([ledger.outcomeOf(1), ledger.outcomes()]).toEqual(['done first', { done: 1, failed: [] }]);
  expect(readdirSync(join(out, 'part'))).toEqual([]);
  ledger.remove();
});

test.each([
  ['of the main program', 'main'],
  ['of all its processes, as a terminal does it', 'all'],
])('Ctrl-C %s ends the work, and keeps the jobs', async (_, whom) => {
  await jobs('add', String(MANY));
  const work = start('work', '--workers', '2');
  await eventually('some jobs are done', () => outcomes().length > 10);
  const workers = descendantsOf(work.pid);
  for (const pid of whom === 'all' ? [...workers, work.pid] : [work.pid]) tell(pid, 'SIGINT');
  expect(await work.rest()).toEqual([
    'interrupted; what is left waits for the next: npm run demo -- jobs work',
  ]);
  expect(await work.exited, work.stderr).toEqual({ code: 130, signal: null });
  expect(workers.some(isRunning)).toBe(false);
  expect(outcomes().length).toBeLessThan(MANY);
  expect((await jobs('work')).lines.slice(-2)).toEqual(MANY_TOTALS);
  expectExact(MANY);
});

describe('the show', () => {
  const show = () => spawnFixture(MAIN, { args: ['jobs', '--workers', '2'], env: { TMPDIR: folder } });

  test('kills at random, starts everything again, and counts exactly', async () => {
    const run = show();
    const lines = await run.rest();
    expect(await run.exited, `${lines.join('\n')}\n${run.stderr}`).toEqual({ code: 0, signal: null });
    expect(run.stderr).toBe('');
    const kills = lines.filter((line) => line.startsWith('killed worker ')).length;
    expect(kills).toBeGreaterThan(0);
    const restart = lines.findIndex((line) => line.startsWith('killed the runner; '));
    expect(lines[restart]).toMatch(/: [1-9]\d* jobs wait in it$/);
    expect(lines[restart + 1]).toBe('started again');
    expect(lines).toContain(`${kills} workers and the runner were killed`);
    const deliveries = lines.map((line) => /^(\d+) deliveries of 150 jobs, /.exec(line)?.[1]).find(Boolean);
    // Three jobs are tried ten times. Those that were killed, at least some with a job, are delivered again.
    expect(Number(deliveries)).toBeGreaterThan(147 + 3 * 10);
    expect(lines.slice(-3)).toEqual([
      '147 jobs are done, each once: 147 results are right',
      '3 jobs have failed in 10 attempts: 50, 100, 150',
      'every count is exact',
    ]);
  });

  test('Ctrl-C ends it and leaves nothing', async () => {
    const run = show();
    while (!(await run.line()).startsWith('killed worker '));
    const below = descendantsOf(run.pid);
    process.kill(run.pid, 'SIGINT');
    expect((await run.rest()).at(-1)).toBe('interrupted; nothing is left');
    expect(await run.exited, run.stderr).toEqual({ code: 130, signal: null });
    // A worker that was only starting ends within two seconds.
    await eventually('its processes are gone', () => !below.some(isRunning));
  });
});

test('arguments that nobody understands are answered with the usage', async () => {
  const wrong = [
    ['what'],
    ['add'],
    ['add', '0'],
    ['add', 'many'],
    ['add', '1', '2'],
    ['add', '1', '--workers', '1'],
    ['work', '--workers', '1025'],
    ['work', '3'],
    ['status', '--what'],
  ];
  for (const args of wrong) {
    const { code, errors } = await jobs(...args);
    expect([code, args]).toEqual([2, args]);
    expect(errors).toContain('npm run demo -- jobs add <number>');
  }
  // The show has a directory of its own.
  expect((await jobs()).code).toBe(2);
});
