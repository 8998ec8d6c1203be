import { format } from 'node:util';
import { singleton, thisThread, threadState } from '@mp/core/internal';
import { processState } from './state.ts';
import { putStderr } from './stderr.ts';

/** The levels of Python's `logging`, with the two that its `multiprocessing` adds. */
const LEVELS = {
  notset: 0,
  subdebug: 5,
  debug: 10,
  info: 20,
  subwarning: 25,
  warning: 30,
  error: 40,
  critical: 50,
} as const;

/** Name of a level, or a number of your own. */
export type LogLevel = keyof typeof LEVELS | number;

/** What is written while no level is set. */
const DEFAULT_LEVEL = LEVELS.warning;

/** More than this, and a pipe may mix what two processes write (`PIPE_BUF`). */
const LINE_BYTES = 4096;

/** The most characters of a name that are written: the line is for the message. */
const NAME_MOST = 200;

/** What a child takes over from its parent. */
export interface LogState {
  level: number;
  toStderr: boolean;
}

/** What this thread's logger is set to, for a child to begin with. */
export function logState(): LogState {
  return singleton('log', () => ({ level: LEVELS.notset, toStderr: false }));
}

/**
 * The logger of this thread. Messages are formatted as by `util.format`.
 *
 * @example
 * ```js
 * import { logToStderr } from '@mp/process';
 *
 * const logger = logToStderr();
 * logger.level = 'error';
 * logger.warning('not written');
 * logger.error('%s is full', '/data'); // on stderr: [ERROR/MainProcess] /data is full
 * logger.isEnabledFor('info'); // => false
 * ```
 */
export class Logger {
  /** The number of the level from which on messages are written; 0 = not set, which counts as `'warning'` (30). */
  get level(): number {
    return logState().level;
  }

  /** @throws TypeError, RangeError when the level is none */
  set level(level: LogLevel) {
    logState().level = numberOf(level);
  }

  /** Whether a message of this level would be written. */
  isEnabledFor(level: LogLevel): boolean {
    const number = numberOf(level);
    const state = logState();
    return state.toStderr && number >= (state.level || DEFAULT_LEVEL);
  }

  /**
   * Writes a message of this level, if the logger writes that level.
   *
   * @throws TypeError, RangeError when the level is none
   */
  log(level: LogLevel, message: unknown, ...values: unknown[]): void {
    if (this.isEnabledFor(level)) write(nameOf(level), format(message, ...values));
  }

  /** {@link log} of level 10. */
  debug(message: unknown, ...values: unknown[]): void {
    this.log('debug', message, ...values);
  }

  /** {@link log} of level 20. */
  info(message: unknown, ...values: unknown[]): void {
    this.log('info', message, ...values);
  }

  /** {@link log} of level 30. */
  warning(message: unknown, ...values: unknown[]): void {
    this.log('warning', message, ...values);
  }

  /** {@link log} of level 40. */
  error(message: unknown, ...values: unknown[]): void {
    this.log('error', message, ...values);
  }

  /** {@link log} of level 50. */
  critical(message: unknown, ...values: unknown[]): void {
    this.log('critical', message, ...values);
  }
}

const logger = new Logger();

/**
 * The logger of `@mp`, as `multiprocessing.get_logger()` of Python: it tells what processes and threads do, and takes
 * messages of yours. It writes nothing until {@link logToStderr} was called. Children take over its level and that it
 * writes.
 *
 * @example
 * ```js
 * import { getLogger, logToStderr } from '@mp/process';
 *
 * logToStderr('info');
 * getLogger().info('%d files', 3); // on stderr: [INFO/MainProcess] 3 files
 * ```
 */
export function getLogger(): Logger {
  return logger;
}

/**
 * Lets the logger write to standard error, as `multiprocessing.log_to_stderr()` of Python and in its format:
 * `[INFO/Process-1] message`. Lines of several processes are never mixed: each is one write, and what would not fit
 * into one goes on in a line of its own.
 *
 * @param level the level to set, if any
 * @returns the logger
 * @throws TypeError, RangeError when the level is none
 *
 * @example
 * ```js
 * import { isMain, logToStderr, Process, task } from '@mp/process';
 *
 * export const work = task(import.meta, () => {});
 *
 * if (isMain(import.meta)) {
 *   logToStderr('info'); // on stderr, from the child: [INFO/Process-1] child process calling self.run()
 *   const child = new Process({ target: work });
 *   child.start();
 *   await child.join();
 * }
 * ```
 */
export function logToStderr(level?: LogLevel): Logger {
  if (level !== undefined) logger.level = level;
  logState().toStderr = true;
  logExit();
  return logger;
}

/** Logs that this process or thread ends, as Python does. */
export function logExit(): void {
  singleton('log-exit', () =>
    process.once('exit', (code) => {
      const kind = thisThread().isMain ? 'process' : 'thread';
      logger.info('%s shutting down', kind);
      if (threadState.isChild) logger.info('%s exiting with exitcode %d', kind, code);
    }),
  );
}

function numberOf(level: LogLevel): number {
  if (typeof level === 'string' && Object.hasOwn(LEVELS, level)) return LEVELS[level];
  if (typeof level === 'number' && Number.isInteger(level) && level >= 0) return level;
  const names = Object.keys(LEVELS).join(', ');
  const message = `A level is one of ${names} or a whole number from 0, not ${typeof level === 'string' ? level : String(level)}`;
  throw typeof level === 'number' ? new RangeError(message) : new TypeError(message);
}

/** Python writes levels in capitals, and a number without a name as `Level 32`. */
function nameOf(level: LogLevel): string {
  const number = numberOf(level);
  const name = Object.entries(LEVELS).find(([, value]) => value === number)?.[0];
  return name === undefined ? `Level ${number}` : name.toUpperCase();
}

function write(level: string, message: string): void {
  const prefix = `[${level}/${processState().name.slice(0, NAME_MOST)}] `;
  for (const line of linesOf(Buffer.from(message), LINE_BYTES - Buffer.byteLength(prefix) - 1)) {
    putStderr(Buffer.concat([Buffer.from(prefix), line, Buffer.from('\n')]));
  }
}

/** Cuts what is longer than a line may be, between characters. */
function linesOf(text: Buffer, most: number): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  while (text.length - start > most) {
    let end = start + most;
    while ((text[end] & 0xc0) === 0x80) end--;
    lines.push(text.subarray(start, end));
    start = end;
  }
  lines.push(text.subarray(start));
  return lines;
}
