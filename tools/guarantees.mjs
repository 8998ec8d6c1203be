// Makes docs/guide/guarantees.md: what a process that is killed leaves to the others, row by row, each with the test that proves it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { proofLink, proofProblems } from './proofs.mjs';
import { ROOT } from './workspace.mjs';

export const PAGE = 'docs/guide/guarantees.md';
/** The rows, in one file for each subject, in the order of their names. */
const DATA = 'docs/guide/guarantees';

/**
 * @typedef {object} Row
 * @property {string} killed what is killed, and in the middle of what
 * @property {string} others what the others see
 * @property {string} soon how soon
 * @property {string} lost
 * @property {string[]} proofs `file > title`
 *
 * @typedef {object} Subject
 * @property {string} title
 * @property {string} about Markdown
 * @property {Row[]} rows
 */

/** @param {string} root the repository @returns {Subject[]} */
export function guarantees(root) {
  return readdirSync(join(root, DATA))
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(root, DATA, file), 'utf8')));
}

/**
 * What is wrong with the rows: proofs that are not there, and rows without one.
 *
 * @param {readonly Subject[]} subjects
 * @param {string} root
 * @returns {string[]} one sentence each
 */
export function guaranteeProblems(subjects, root) {
  const rows = subjects.flatMap((subject) => subject.rows.map((row) => ({ subject: subject.title, row })));
  return rows.flatMap(({ subject, row }) => [
    ...(row.proofs.length === 0 ? [`${subject}: “${row.killed}” has no proof`] : []),
    ...(['killed', 'others', 'soon', 'lost'].some((key) => !Reflect.get(row, key))
      ? [`${subject}: “${row.killed}” does not say all that a row says`]
      : []),
    ...row.proofs.flatMap((proof) => proofProblems(proof, root)),
  ]);
}

/** @param {readonly Subject[]} subjects @param {string} root */
export function guaranteesPage(subjects, root) {
  const rows = subjects.flatMap((subject) => subject.rows);
  const proofs = new Set(rows.flatMap((row) => row.proofs));
  return [
    '---',
    'title: When a process is killed',
    'description: For each operation, what the others see when a process is killed in its middle, how soon, what is lost, and the test that proves it.',
    'order: 2',
    '---',
    '<!-- Written by node tools/guarantees.mjs from docs/guide/guarantees/*.json -->',
    '# When a process is killed',
    '',
    'A process may be killed at any instruction: by `kill -9`, by the kernel when memory runs out, by a crash. No handler runs then. This page says for',
    `each operation what that leaves to the others: ${rows.length} rows, proved by ${proofs.size} tests, with real processes and real signals. Many of them kill after every single store to shared memory.`,
    '',
    '- **At once**: it is so for the first call of any other process or thread.',
    '- **At a look**: a waiter looks by itself every 20 to 25 ms, also when nobody has woken it.',
    '- Both count from the moment in which the kernel has dropped the locks of the dead. For a small process that is right after the signal; one with',
    '  gigabytes of memory takes the kernel longer.',
    '- **With the next sweep**: a program that is no child sweeps once, a second after its first use of a shared object, if nobody has swept for a minute. `mp gc` sweeps now.',
    '- A restart of the machine empties `/dev/shm`: all that lies there is gone then. What lies in Redis stays.',
    '',
    'What a worker thread has is lost in the same way when the thread is terminated: a thread is an owner of its own. How it works is in',
    '[Architecture](architecture.md).',
    ...subjects.flatMap(({ title, about, rows: own }) => [
      '',
      `## ${title}`,
      '',
      about,
      '',
      '| killed | the others | how soon | lost | proof |',
      '| --- | --- | --- | --- | --- |',
      ...own.map((row) => {
        const links = row.proofs.map((proof) => proofLink(proof, PAGE, root)).join('; ');
        return `| ${row.killed} | ${row.others} | ${row.soon} | ${row.lost} | ${links} |`;
      }),
    ]),
    '',
  ].join('\n');
}

if (import.meta.filename === process.argv[1]) {
  const subjects = guarantees(ROOT);
  const problems = guaranteeProblems(subjects, ROOT);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
  else writeFileSync(join(ROOT, PAGE), guaranteesPage(subjects, ROOT));
}
