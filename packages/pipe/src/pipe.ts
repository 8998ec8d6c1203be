import { checkOptions, registerHandle } from '@mp/core/internal';
import { Connection } from './connection.ts';
import { MemoryTransport } from './memory-transport.ts';

/** What {@link pipe} may be told. */
export interface PipeOptions {
  /** Whether messages go both ways. Default: true. */
  duplex?: boolean | undefined;
}

/**
 * Makes a pipe in shared memory, between processes, threads, or tasks of one thread.
 *
 * It is `multiprocessing.Pipe()` of Python. Each end is for one thread; pass it to a process or thread as an argument,
 * or in a message.
 *
 * @typeParam T what the messages are
 * @param options `duplex: false` for one direction only
 * @returns both ends; of a pipe that is not duplex, the first one reads and the second one writes
 * @throws TypeError on bad options; MpError `ERR_MP_NO_SPACE` when the segment directory is full
 *
 * @example
 * ```js
 * import { pipe } from '@mp/pipe';
 *
 * const [reader, writer] = pipe({ duplex: false });
 * writer.sendSync('first');
 * writer.sendSync('second');
 * writer.close();
 * for await (const message of reader) console.log(message);
 * // first
 * // second
 * reader.close();
 * ```
 */
export function pipe<T = unknown>(options: PipeOptions = {}): [Connection<T>, Connection<T>] {
  checkOptions(options, 'pipe()', ['duplex']);
  const { duplex = true } = options;
  if (typeof duplex !== 'boolean') throw new TypeError(`duplex must be a boolean, not a ${typeof duplex}`);
  const [left, right] = MemoryTransport.create(duplex);
  return [new Connection<T>(left), new Connection<T>(right)];
}

registerHandle('connection', {
  package: '@mp/pipe',
  decode: (data) => new Connection(MemoryTransport.claim(data)),
});
