import type { ObjectReport, Snapshot } from '../report.ts';
import { snapshot } from '../snapshot.ts';
import { bytes, span } from '../text/format.ts';
import { colors, lineWidth, print, printJson } from '../text/output.ts';
import { type Column, table } from '../text/table.ts';
import { creatorText, nameOf, stateText, waitersText } from '../text/words.ts';
import { type Command, JSON_FLAG, NO } from './command.ts';

export const ls: Command = {
  name: 'ls',
  summary: 'lists what is shared',
  description: [
    'Lists every object in the segment directory of this user: locks, queues, shared values, pipes, with their state and who waits for them.',
    'A ~ stands before a number that changed while it was read, so that it may not fit the others.',
    'Below the table stands how many files only dead processes left, which mp gc --dry-run lists, and which threads wait for each other.',
  ],
  flags: [
    { name: 'all', short: 'a', about: 'also the channels of processes and of workers of pools' },
    JSON_FLAG,
  ],
  exits: [[NO, 'the directory cannot be read']],
  run({ flags }) {
    const seen = snapshot();
    const objects = seen.objects.filter(({ inner }) => flags.all === true || !inner);
    if (flags.json) {
      const { at, directory, exists, problem, leftovers, cycles } = seen;
      printJson({ at, directory, exists, problem, objects, leftovers, cycles });
    } else {
      print([...listed(seen, objects), ...remarks(seen)]);
    }
    return seen.problem === undefined ? 0 : NO;
  },
};

function listed(seen: Snapshot, objects: readonly ObjectReport[]): string[] {
  if (seen.problem !== undefined) return [seen.problem];
  if (!seen.exists) return [`Nothing is shared: ${seen.directory} does not exist.`];
  if (objects.length === 0) return [`Nothing is shared in ${seen.directory}.`];
  return table(columnsAt(seen.at), objects, lineWidth());
}

function columnsAt(now: number): Column<ObjectReport>[] {
  return [
    { title: 'NAME', text: nameOf, paint: (text) => colors.bold(text) },
    { title: 'KIND', text: ({ kind }) => kind },
    { title: 'SIZE', right: true, text: ({ size }) => bytes(size) },
    { title: 'USERS', right: true, text: ({ users }) => String(users.length) },
    { title: 'AGE', right: true, text: ({ created }) => span(now - created) },
    {
      title: 'STATE',
      text: (object) => stateText(object, now),
      paint: (text, { state }) => paintState(text, state),
    },
    { title: 'WAITERS', text: ({ waiters }) => waitersText(waiters) },
    { title: 'CREATOR', text: creatorText, paint: (text) => colors.dim(text) },
  ];
}

/** What needs somebody to look at it. */
export function paintState(text: string, state: string): string {
  if (state === 'abandoned' || state === 'broken' || state === 'damaged') return colors.red(text);
  return state === 'held' || state === 'writing' ? colors.yellow(text) : text;
}

/** What stands below a list. */
export function remarks({ leftovers, cycles }: Snapshot): string[] {
  const lines: string[] = [];
  if (leftovers.length > 0) {
    const size = bytes(leftovers.reduce((sum, each) => sum + each.size, 0));
    lines.push(colors.yellow(`${leftovers.length} files of the dead, ${size}: mp gc removes them.`));
  }
  for (const { certainty, members } of cycles) {
    const what = certainty === 'deadlock' ? 'Deadlock' : 'Possible deadlock';
    lines.push(colors.red(`${what} of ${members.map(({ pid }) => `pid ${pid}`).join(', ')}: see mp tree.`));
  }
  return lines.length > 0 ? ['', ...lines] : lines;
}
