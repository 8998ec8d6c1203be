import { selected } from './contest.mjs';
import { SCENARIOS } from './kill-scenarios.mjs';
import { ourPools, pythonPools, rivalPools } from './pools.mjs';
import { aligned } from './table.mjs';

/** A program that has not said what it saw by then hangs as a whole. */
const SPARE_MS = 10_000;

/** Not a race: each pool meets each scenario once, in a program of its own. */
export const kills = {
  name: 'kills',
  title: 'Pool of 2 workers: what becomes of its tasks, and of itself, when workers are killed',
  params: { workers: 2, task: 'act', limitMs: 10_000 },
  quick: { limitMs: 4_000 },
  contenders: [...ourPools(), ...pythonPools('python_kills.py'), ...rivalPools()],
};

/** @returns for each scenario what each pool did */
export async function killAll({ quick, only = [], progress = () => {} }) {
  const params = { ...kills.params, ...(quick ? kills.quick : {}) };
  const scenarios = [];
  for (const scenario of SCENARIOS) {
    const rows = [];
    for (const contender of selected(kills, only)) {
      if (scenario.isOfProcesses && contender.name.endsWith('(threads)')) continue;
      progress(`kills: ${scenario.key}, ${contender.name}`);
      rows.push({ name: contender.name, ...(await outcome(contender, { ...params, scenario })) });
    }
    scenarios.push({ ...scenario, rows });
  }
  return { params, scenarios };
}

async function outcome(contender, params) {
  const reason = contender.missing();
  if (reason !== undefined) return { absent: reason };
  try {
    return await contender.round('kill', { ...params, limit: 4 * params.limitMs + SPARE_MS });
  } catch (error) {
    return { program: error.message };
  }
}

/** All scenarios as plain text. */
export function killTables({ params, scenarios }) {
  const seconds = params.limitMs / 1000;
  const out = [kills.title, `never: not within ${seconds} s`];
  for (const { title, victims, running, queued, rows } of scenarios) {
    const others = running + queued;
    const head = [
      '',
      victims === 1 ? 'the task' : `the ${victims} tasks`,
      `${others} others`,
      '4 later tasks',
      'close()',
    ];
    out.push('', title, '', ...aligned([head, ...rows.map(cells)], true));
    for (const { name, absent } of rows) if (absent) out.push(`not there: ${name} (${absent})`);
    for (const text of errorsOf(rows)) out.push(text);
  }
  return out.join('\n');
}

function cells({ name, absent, program, victims, others, later, end }) {
  if (absent) return [name, '', '', '', ''];
  if (program) return [name, `the program ${program}`, '', '', ''];
  return [name, counted(victims), counted(others), counted(later), endOf(end)];
}

function endOf({ failed, pending, ms }) {
  if (pending > 0) return 'never';
  return failed > 0 ? `failed, ${ms} ms` : `${ms} ms`;
}

/** `8 done, 1 failed, 503 ms` */
function counted({ done, failed, pending, ms }) {
  const parts = [];
  if (done > 0) parts.push(`${done} done`);
  if (failed > 0) parts.push(`${failed} failed`);
  if (pending > 0) parts.push(`${pending} never`);
  if (ms != null) parts.push(`${ms} ms`);
  return parts.join(', ');
}

function errorsOf(rows) {
  return rows.flatMap(({ name, victims, others, later, end }) => {
    const errors = new Set([victims, others, later, end].map((each) => each?.error).filter(Boolean));
    return [...errors].map((error) => `${name}: ${error}`);
  });
}
