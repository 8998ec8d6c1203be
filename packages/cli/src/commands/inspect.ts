import { inspect as look } from '../inspect.ts';
import type { Inspection } from '../report.ts';
import { bytes, oneLine, span } from '../text/format.ts';
import { colors, print, printJson } from '../text/output.ts';
import { commandText, nameOf, stateText, threadTitle } from '../text/words.ts';
import { type Command, DEADLOCK, JSON_FLAG, NO } from './command.ts';

export const inspect: Command = {
  name: 'inspect',
  operands: 'NAME',
  takes: [1, 1],
  takesObjects: true,
  summary: 'tells everything about one object',
  description: [
    'Tells what the segment of one object says, who has it and who waits for it, with the command lines of the processes.',
    'NAME is the name that the user gave it, or that of its file in the segment directory, or enough of the beginning of that.',
  ],
  flags: [JSON_FLAG],
  exits: [
    [NO, 'there is no such object'],
    [DEADLOCK, 'it is a part of a deadlock'],
  ],
  run({ operands: [name], flags }) {
    const seen = look(name);
    if (flags.json) printJson(seen);
    else print(textOf(seen));
    return seen.cycles.some(({ certainty }) => certainty === 'deadlock') ? DEADLOCK : 0;
  },
};

function textOf(seen: Inspection): string[] {
  const { object, at, processes, files } = seen;
  const commands = new Map(processes.map(({ pid, command, state }) => [pid, `${command} [${state}]`]));
  const command = (pid: number): string => colors.dim(commandText(commands.get(pid) ?? '', 100));
  const { creator } = object;
  return [
    colors.bold(`${object.kind} ${nameOf(object)}`),
    ...pairs([
      ['state', stateText(object, at)],
      ['file', `${seen.directory}/${object.file}`],
      ['layout version', String(object.version)],
      ['size', `${bytes(object.size)}, ${object.satellites} satellites, ${object.pins} pins`],
      ['made', madeText(object.created, at)],
      [
        'by',
        `pid ${creator.pid}${creator.alive ? ` ${commandText(creator.command ?? '', 100)}` : ' (dead)'}`,
      ],
      ['torn', object.torn.join(', ')],
      ['problem', object.problem ?? ''],
      ['given lock', object.givenLock ?? ''],
    ]),
    ...section(
      'users',
      object.users.map((pid) => `pid ${pid} ${command(pid)}`),
    ),
    ...section(
      'holders',
      object.holders.map((each) => {
        const long = each.since === undefined ? '' : ` for ${span(at - each.since)}`;
        const times = each.count === 1 ? '' : ` × ${each.count}`;
        return `${threadTitle(each)} as ${each.role}${times}${long} ${command(each.pid)}`;
      }),
    ),
    ...section(
      'waiters',
      object.waiters.map(
        (each) =>
          `${threadTitle(each)} to ${each.for}, ${each.how}${each.chosen ? ', chosen' : ''} ${command(each.pid)}`,
      ),
    ),
    ...section('measures', entries(object.measures)),
    ...section('counters', entries(object.counters)),
    ...section('details', entries(object.details)),
    ...section(
      'files',
      files.map(({ file, kind, size }) => `${oneLine(file)} ${kind}, ${bytes(size)}`),
    ),
    ...seen.cycles.flatMap(({ certainty, members }) =>
      section(
        certainty,
        members.map((each) => `${threadTitle(each)} waits for ${oneLine(each.title)}`),
      ),
    ),
  ];
}

function madeText(created: number, now: number): string {
  const date = new Date(created);
  // The header of a damaged file has any number.
  return Number.isNaN(date.getTime()) ? 'at no time' : `${date.toISOString()}, ${span(now - created)} ago`;
}

function pairs(all: readonly (readonly [string, string])[]): string[] {
  return all.filter(([, text]) => text !== '').map(([key, text]) => `  ${key.padEnd(15)} ${oneLine(text)}`);
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line.trimEnd()}`)];
}

function entries(record: object): string[] {
  return Object.entries(record).map(([key, value]) => {
    const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
    return `${key.padEnd(15)} ${oneLine(text, 200)}`;
  });
}
