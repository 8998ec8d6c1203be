import type { Command, Flag } from './command.ts';

const WIDTH = 78;

/** The manual of `mp`. */
export function manual(commands: readonly Command[]): string {
  const longest = Math.max(...commands.map((command) => synopsis(command).length));
  return page([
    ['NAME', ['mp - see what processes share on this machine']],
    ['SYNOPSIS', ['mp COMMAND [OPTION…]', 'mp help [COMMAND]']],
    [
      'DESCRIPTION',
      paragraphs([
        'Shows the locks, queues, pipes, pools and shared values of @mp that the programs of this user share, and who holds them and waits for them. Looking waits for nobody, locks nothing and changes nothing: it works on programs that hang, and costs those that run next to nothing.',
      ]),
    ],
    ['COMMANDS', commands.map((each) => `${synopsis(each).padEnd(longest)}  ${each.summary}`)],
    [
      'ENVIRONMENT',
      [
        ...paragraphs([
          'MP_DIR: the segment directory; else /dev/shm/mp-UID, else mp-UID in the temporary directory. It is never made by a look.',
          'NO_COLOR: no colours, as when the output is no terminal. FORCE_COLOR: colours all the same.',
        ]),
      ],
    ],
    [
      'EXIT STATUS',
      exits([
        [1, 'the answer is no: not there, in use, does not work'],
        [3, 'a deadlock was found'],
      ]),
    ],
  ]);
}

/** The manual of one command. */
export function manualOf(command: Command): string {
  const { name, summary, description, flags } = command;
  return page([
    ['NAME', [`mp ${name} - ${summary}`]],
    ['SYNOPSIS', [`mp ${synopsis(command)}${flags.length > 0 ? ' [OPTION…]' : ''}`]],
    ['DESCRIPTION', paragraphs(description)],
    ['OPTIONS', [...flags, HELP].flatMap(option)],
    ['EXIT STATUS', exits(command.exits ?? [])],
  ]);
}

const HELP: Flag = { name: 'help', short: 'h', about: 'prints this manual' };

function synopsis({ name, operands }: Command): string {
  return operands === undefined ? name : `${name} ${operands}`;
}

function option({ name, short, value, about }: Flag): string[] {
  const long = value === undefined ? `--${name}` : `--${name}=${value}`;
  return [
    short === undefined ? long : `-${short}, ${long}`,
    ...wrap(about, WIDTH - 12).map((line) => `    ${line}`),
  ];
}

function exits(special: readonly (readonly [number, string])[]): string[] {
  const all: (readonly [number, string])[] = [
    [0, 'all is well'],
    ...special,
    [2, 'the command line is wrong'],
  ];
  return all.sort(([a], [b]) => a - b).map(([code, meaning]) => `${code}  ${meaning}`);
}

function paragraphs(texts: readonly string[]): string[] {
  return texts.flatMap((text, index) => [...(index > 0 ? [''] : []), ...wrap(text, WIDTH - 8)]);
}

function page(sections: readonly (readonly [string, readonly string[]])[]): string {
  return sections
    .map(([title, lines]) =>
      [title, ...lines.map((line) => (line === '' ? '' : `       ${line}`))].join('\n'),
    )
    .join('\n\n');
}

function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.length - 1;
    if (lines[last] === '') lines[last] = word;
    else if (lines[last].length + 1 + word.length <= width) lines[last] += ` ${word}`;
    else lines.push(word);
  }
  return lines;
}
