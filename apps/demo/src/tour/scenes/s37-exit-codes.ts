// Five ways to end, and their exit codes. The article has its list of codes mixed up: 0 is a good end, above 0 an error,
// below 0 a signal. As in Python, what was thrown is told on standard error, with the name of the process.
import { isMain, Process, task } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const CODES = { exit_error: 1, exit_ok: 0, return_value: 0, raises: 1, terminated: -15 };

export const scene: Scene = {
  title: 'Exit codes',
  seed: '989–1026',
  stderr: /^raises:\nError: There was an error!\n.*s37-exit-codes\.js:\d+/,
  proof({ lines }) {
    prove('the lines', lines, [
      ...Object.keys(CODES).map((name) => `Starting process for ${name}`),
      ...Object.entries(CODES).map(([name, code]) => `${name.padStart(15)}.exitcode = ${code}`),
    ]);
  },
};

export const exitError = task(import.meta, () => {
  process.exit(1);
});

export const exitOk = task(import.meta, () => {});

export const returnValue = task(import.meta, () => 1);

export const raises = task(import.meta, () => {
  throw new Error('There was an error!');
});

export const terminated = task(import.meta, () => new Promise((resolve) => setTimeout(resolve, 60_000)));

if (isMain(import.meta)) {
  const targets = {
    exit_error: exitError,
    exit_ok: exitOk,
    return_value: returnValue,
    raises,
    terminated,
  };
  const jobs = Object.entries(targets).map(([name, target]) => {
    console.log(`Starting process for ${name}`);
    const job = new Process({ target, name });
    job.start();
    return job;
  });
  jobs[4].terminate();
  for (const job of jobs) {
    await job.join();
    console.log(`${job.name.padStart(15)}.exitcode = ${job.exitCode}`);
  }
}
