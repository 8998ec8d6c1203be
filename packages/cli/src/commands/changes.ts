import { MpError } from '@mp/core';
import { unlock as free, remove } from '../change.ts';
import { gc as collect } from '../gc.ts';
import type { Change } from '../report.ts';
import { bytes } from '../text/format.ts';
import { print, printJson } from '../text/output.ts';
import { table } from '../text/table.ts';
import { type Command, JSON_FLAG, NO } from './command.ts';

export const gc: Command = {
  name: 'gc',
  summary: 'removes what only the dead left',
  description: [
    'Removes the files of dead threads and processes, and segments without a name that nobody uses and no message mentions. Main processes do the same now and then.',
    'What has a name stays, but for a map or a memory that goes with its last user.',
    'With --dry-run it shows what it would remove, as far as /proc shows who uses what: processes of other containers are not seen. The removal itself asks the kernel.',
  ],
  flags: [{ name: 'dry-run', short: 'n', about: 'removes nothing' }, JSON_FLAG],
  exits: [[NO, 'the directory cannot be used']],
  run({ flags }) {
    const removal = collect({ dryRun: flags['dry-run'] === true });
    if (flags.json) {
      printJson(removal);
      return 0;
    }
    const { dryRun, files, directory } = removal;
    const lines = table(
      [
        { title: 'FILE', text: ({ file }) => file },
        { title: 'WAS', text: ({ what }) => what },
        { title: 'SIZE', right: true, text: ({ size }) => bytes(size) },
      ],
      files,
    );
    const verb = dryRun ? 'would be removed' : 'removed';
    const sum = `${files.length} files ${verb} from ${directory}, ${bytes(removal.bytes)}.`;
    print(files.length === 0 ? [`Nothing of the dead is in ${directory}.`] : [...lines, '', sum]);
    return 0;
  },
};

export const rm: Command = {
  name: 'rm',
  operands: 'NAME…',
  takes: [1, Infinity],
  takesObjects: true,
  summary: 'removes objects that have a name',
  description: [
    'Removes objects that have a name and are not in use: what unlink() does in a program. Their content is lost.',
  ],
  flags: [JSON_FLAG],
  exits: [[NO, 'one of them is in use, has no name, or is not there']],
  run: ({ operands, flags }) => tell(each(operands, remove), flags.json === true),
};

export const unlock: Command = {
  name: 'unlock',
  operands: 'NAME…',
  takes: [1, Infinity],
  takesObjects: true,
  summary: 'frees locks whose holders are dead',
  description: [
    'Frees locks that a dead thread holds. The next acquire would do the same, and would be told; after this one it is not told that somebody died.',
    'With --force it also takes a lock from a living thread. The guard of that thread frees nothing then, and what the lock protects may be half-done. A thread that gets the lock meanwhile keeps it.',
  ],
  flags: [{ name: 'force', short: 'f', about: 'also from the living' }, JSON_FLAG],
  exits: [[NO, 'one of them is held by a living thread, has no lock, or is not there']],
  run: ({ operands, flags }) =>
    tell(
      each(operands, (name) => free(name, { force: flags.force === true })),
      flags.json === true,
    ),
};

/** One that is not there, or has another layout, does not keep the others from their turn. */
function each(names: readonly string[], change: (name: string) => Change): Change[] {
  return names.map((name) => {
    try {
      return change(name);
    } catch (error) {
      if (!(error instanceof MpError)) throw error;
      return { file: '', done: false, text: error.message };
    }
  });
}

function tell(changes: readonly Change[], isJson: boolean): number {
  if (isJson) printJson(changes);
  else {
    for (const { done, text } of changes) {
      if (done) console.log(`${text}.`);
      else console.error(`${text}.`);
    }
  }
  return changes.every(({ done }) => done) ? 0 : NO;
}
