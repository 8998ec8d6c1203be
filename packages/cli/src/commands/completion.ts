import { snapshot } from '../snapshot.ts';
import { type Command, UsageError } from './command.ts';

/** What a shell runs to learn the names of objects: as an operand of `mp completion`. */
const NAMES = 'names';

/** @param commands all there are, this one too */
export const completionOf = (commands: () => readonly Command[]): Command => ({
  name: 'completion',
  operands: 'bash|zsh',
  takes: [1, 1],
  summary: 'prints what makes a shell complete commands, options and names',
  description: [
    'For bash: put  eval "$(mp completion bash)"  into ~/.bashrc. For zsh: put  eval "$(mp completion zsh)"  into ~/.zshrc, behind compinit.',
  ],
  flags: [],
  run({ operands: [shell] }) {
    if (shell === NAMES) console.log(objectNames().join('\n'));
    else if (shell === 'bash') console.log(bash(commands()));
    else if (shell === 'zsh') console.log(zsh(commands()));
    else throw new UsageError(`There is completion for bash and zsh, not for ${JSON.stringify(shell)}`);
    return 0;
  },
});

function objectNames(): string[] {
  return snapshot()
    .objects.filter(({ inner }) => !inner)
    .map(({ name, file }) => name ?? file);
}

function words({ name, flags }: Command): string {
  const own = flags.map((flag) => `--${flag.name}`);
  const operands = name === 'completion' ? ['bash', 'zsh'] : [];
  return [...operands, ...own, '--help'].join(' ');
}

function bash(all: readonly Command[]): string {
  const cases = all.map((command) => {
    const names = command.takesObjects ? ` $(mp completion ${NAMES} 2>/dev/null)` : '';
    return `    ${command.name}) words="${words(command)}${names}" ;;`;
  });
  return `_mp() {
  local words
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${all.map(({ name }) => name).join(' ')} help --help --version"
  else case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    help) words="${all.map(({ name }) => name).join(' ')}" ;;
  esac fi
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _mp mp`;
}

function zsh(all: readonly Command[]): string {
  const quoted = (text: string): string => text.replaceAll("'", "'\\''").replaceAll(':', '\\:');
  const described = all.map(({ name, summary }) => `    '${name}:${quoted(summary)}'`);
  const cases = all.map((command) => {
    const flags = command.flags.map(({ name, about }) => `'--${name}:${quoted(about)}'`).join(' ');
    const names = command.takesObjects
      ? `\n      names=(\${(f)"$(mp completion ${NAMES} 2>/dev/null)"}); compadd -a names`
      : command.name === 'completion'
        ? '\n      compadd bash zsh'
        : '';
    return `    ${command.name})
      flags=(${flags} '--help:prints its manual'); _describe option flags${names} ;;`;
  });
  return `_mp() {
  local -a commands flags names
  commands=(
${described.join('\n')}
    'help:prints the manual'
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case "$words[2]" in
${cases.join('\n')}
    help) _describe command commands ;;
  esac
}
compdef _mp mp`;
}
