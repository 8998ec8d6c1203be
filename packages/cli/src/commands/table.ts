import { gc, rm, unlock } from './changes.ts';
import type { Command } from './command.ts';
import { completionOf } from './completion.ts';
import { doctor } from './doctor.ts';
import { inspect } from './inspect.ts';
import { ls } from './ls.ts';
import { top } from './top.ts';
import { tree } from './tree.ts';
import { watch } from './watch.ts';
import { web } from './web.ts';

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  ls,
  inspect,
  top,
  tree,
  watch,
  web,
  gc,
  rm,
  unlock,
  doctor,
  completionOf(() => COMMANDS),
];
