import { setTimeout } from 'node:timers/promises';
import { rates } from '../rates.ts';
import type { ObjectReport, Rates, Snapshot } from '../report.ts';
import { snapshot } from '../snapshot.ts';
import { colors, lineWidth, print, printJson } from '../text/output.ts';
import { Screen } from '../text/screen.ts';
import { type Column, table } from '../text/table.ts';
import { nameOf, ratesText, stateText, waitersText } from '../text/words.ts';
import { type Call, type Command, INTERVAL_FLAG, JSON_FLAG, NO, numberOf, UsageError } from './command.ts';
import { paintState, remarks } from './ls.ts';
import { standBack } from './stand-back.ts';

const DEFAULT_MS = 1000;

/** How rows are ordered, by the name that the user gives. */
const ORDERS: Readonly<Record<string, (row: Row) => number | string>> = {
  rate: ({ busy }) => -busy,
  waiters: ({ object }) => -object.waiters.length,
  depth: ({ object }) => -(object.measures.depth ?? 0),
  size: ({ object }) => -object.size,
  name: ({ object }) => nameOf(object),
};

interface Row {
  readonly object: ObjectReport;
  readonly rates: Rates | undefined;
  /** Operations per second, of all kinds. */
  readonly busy: number;
}

export const top: Command = {
  name: 'top',
  summary: 'shows what is shared, live, with rates per second',
  description: [
    'Shows the objects again and again, the busiest first, with the growth of their counters per second. q or Ctrl-C ends it.',
    'When the output is no terminal, it prints one table after the other; with --json, one line of JSON for each look, with the rates by file.',
  ],
  flags: [
    INTERVAL_FLAG,
    { name: 'count', short: 'n', value: 'N', about: 'ends after N tables' },
    {
      name: 'sort',
      short: 's',
      value: 'ORDER',
      about: `${Object.keys(ORDERS).join(', ')}; the first is the default`,
    },
    { name: 'all', short: 'a', about: 'also the channels of processes and of workers of pools' },
    JSON_FLAG,
  ],
  exits: [[NO, 'the directory cannot be read']],
  async run(call) {
    const order = orderOf(call);
    const interval = numberOf(call, 'interval', 50, 60_000) ?? DEFAULT_MS;
    const most = numberOf(call, 'count', 1, 2 ** 31) ?? Infinity;
    standBack();
    const screen = new Screen(process.stdout.isTTY === true && call.flags.json !== true);
    try {
      let before = snapshot();
      for (let shown = 0; shown < most && !screen.isLeft && before.problem === undefined; shown++) {
        await setTimeout(interval, undefined, { signal: screen.left }).catch(() => {});
        if (screen.isLeft) break;
        const now = snapshot();
        show(now, rates(before, now), order, call, screen);
        before = now;
      }
      if (before.problem !== undefined) console.error(before.problem);
      return before.problem === undefined ? 0 : NO;
    } finally {
      screen.close();
    }
  },
};

function orderOf({ flags }: Call): (row: Row) => number | string {
  const name = typeof flags.sort === 'string' ? flags.sort : 'rate';
  const order = Object.hasOwn(ORDERS, name) ? ORDERS[name] : undefined;
  if (order === undefined)
    throw new UsageError(`--sort takes ${Object.keys(ORDERS).join(', ')}, not ${JSON.stringify(name)}`);
  return order;
}

function show(
  seen: Snapshot,
  perSecond: ReadonlyMap<string, Rates>,
  order: (row: Row) => number | string,
  { flags }: Call,
  screen: Screen,
): void {
  const rows = seen.objects
    .filter(({ inner }) => flags.all === true || !inner)
    .map((object): Row => {
      const own = perSecond.get(object.file);
      return { object, rates: own, busy: busyness(own) };
    })
    .sort((a, b) => compare(order(a), order(b)));
  if (flags.json) {
    const { at, directory, exists } = seen;
    const objects = rows.map(({ object }) => object);
    printJson({ at, directory, exists, objects, rates: Object.fromEntries(perSecond) }, true);
    return;
  }
  const lines = textOf(seen, rows);
  if (screen.isOn) screen.draw(lines);
  else print([...lines, '']);
}

function textOf(seen: Snapshot, rows: readonly Row[]): string[] {
  const { processes, agents, directory, took, exists } = seen;
  const alive = processes.filter((process) => process.alive).length;
  const head = `${new Date(seen.at).toTimeString().slice(0, 8)}  ${directory}: ${rows.length} objects, ${alive} processes, ${agents.length} threads; looked for ${took.toFixed(1)} ms`;
  if (!exists) return [`Nothing is shared: ${directory} does not exist.`];
  return [head, ...remarks(seen), '', ...table(columnsAt(seen.at), rows, lineWidth())];
}

function columnsAt(now: number): Column<Row>[] {
  return [
    { title: 'NAME', text: ({ object }) => nameOf(object), paint: (text) => colors.bold(text) },
    { title: 'KIND', text: ({ object }) => object.kind },
    {
      title: 'STATE',
      text: ({ object }) => stateText(object, now),
      paint: (text, { object }) => paintState(text, object.state),
    },
    { title: 'WAITERS', text: ({ object }) => waitersText(object.waiters) },
    { title: 'RATES', text: (row) => ratesText(row.rates) },
  ];
}

/** Bytes would count more than what they are the bytes of. */
function busyness(own: Rates | undefined): number {
  if (own === undefined) return 0;
  return Object.entries(own).reduce((sum, [key, rate]) => (/bytes$/i.test(key) ? sum : sum + rate), 0);
}

function compare(a: number | string, b: number | string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
