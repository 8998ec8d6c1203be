import { doctor as diagnose } from '../doctor.ts';
import type { Check } from '../report.ts';
import { colors, print, printJson } from '../text/output.ts';
import { table } from '../text/table.ts';
import { type Command, JSON_FLAG, NO } from './command.ts';

export const doctor: Command = {
  name: 'doctor',
  summary: 'tells what works on this machine, and what would not',
  description: [
    'Looks at the platform, Node.js, the segment directory, its file system and free space, and limits; then tries the ways in which threads and processes wake each other and notice a death.',
    'The trial runs in a temporary directory beside the segment directory, which is not touched, nor made.',
  ],
  flags: [JSON_FLAG],
  exits: [[NO, 'something does not work']],
  async run({ flags }) {
    const diagnosis = await diagnose();
    if (flags.json) printJson(diagnosis);
    else print(textOf(diagnosis.checks));
    return diagnosis.checks.some(({ verdict }) => verdict === 'failed') ? NO : 0;
  },
};

const PAINTS = { ok: colors.green, warning: colors.yellow, failed: colors.red };

function textOf(checks: readonly Check[]): string[] {
  const lines = table(
    [
      { title: 'CHECK', text: ({ name }) => name },
      {
        title: 'VERDICT',
        text: ({ verdict }) => verdict,
        paint: (text, { verdict }) => PAINTS[verdict](text),
      },
      { title: 'FOUND', text: ({ found }) => found },
    ],
    checks,
  );
  const advice = checks.flatMap(({ name, advice: text }) =>
    text === undefined ? [] : [`${name}: ${text}.`],
  );
  return advice.length === 0 ? lines : [...lines, '', ...advice];
}
