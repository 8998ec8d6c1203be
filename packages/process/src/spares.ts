import { Channel, thisAgent } from '@mp/core/internal';
import { bootArguments } from './boot.ts';

/*
 * A spare is a child that has no order yet: it has loaded what every child needs, and waits at its *line*, a channel,
 * for the file name of the channel that its order is in. Nothing else tells it from a child that was started for its
 * order. It does not keep this process alive, and does not count as a child until then.
 *
 *   SPARE    agent of the spare, once it is up: by it is seen whether it lives
 *   KEEPER   agent of the thread that keeps it
 *
 * Nothing of it is left behind: a spare ends when its keeper's process ends (like every child), when the keeping thread
 * ends (it looks at KEEPER while it waits), and when it is not wanted any more, which an empty record tells it. None is
 * killed for that: a spare that ends by itself removes its files.
 * A spare that dies between an order and its receipt leaves the same behind as a child that is killed at its first instruction.
 */
export const SPARE = Channel.FREE;
export const KEEPER = Channel.FREE + 1;

/** The line takes one file name. */
const LINE_BYTES = 256;

/** A taken spare is replaced after this time, in milliseconds: the new child should get the processor first. */
const REFILL_AFTER_MS = 20;

/** A started process or thread, as Node shows it. */
export interface Runner {
  once(event: 'exit' | 'error', listener: () => void): unknown;
  ref(): unknown;
  unref(): unknown;
}

interface Spare<R extends Runner> {
  readonly runner: R;
  readonly line: Channel;
  /** What it took over from this process when it was started. */
  readonly circumstances: string;
}

/** The spares of one kind. */
export class Spares<R extends Runner> {
  readonly #start: (args: string[]) => R;
  readonly #spares = new Set<Spare<R>>();
  #wanted = 0;
  #refill: NodeJS.Timeout | undefined;

  /** @param start starts a child with these arguments, and takes over everything else from this process */
  constructor(start: (args: string[]) => R) {
    this.#start = start;
  }

  /** Keeps `count` of them, from now on. */
  keep(count: number): void {
    this.#wanted = count;
    for (const spare of this.#spares) if (this.#spares.size > count) this.#drop(spare);
    this.#fill();
  }

  /**
   * Gives an order to a spare.
   *
   * @param channel the file of the channel that the order is in
   * @returns what obeys it, or `undefined` when there is no spare that lives, and would be started today as it was then
   */
  take(channel: string): R | undefined {
    if (this.#wanted === 0) return undefined;
    this.#refill ??= setTimeout(() => this.#tryFill(), REFILL_AFTER_MS).unref();
    const today = circumstances();
    for (const spare of this.#spares) {
      if (spare.circumstances !== today || !isAlive(spare)) {
        this.#drop(spare);
        continue;
      }
      const { runner, line } = spare;
      line.send(Buffer.from(channel), 0);
      this.#spares.delete(spare);
      runner.ref();
      return runner;
    }
    return undefined;
  }

  #fill(): void {
    const today = circumstances();
    while (this.#spares.size < this.#wanted) this.#add(today);
  }

  /** There may be no memory or process for one now; then the next start tries again. */
  #tryFill(): void {
    this.#refill = undefined;
    try {
      this.#fill();
    } catch {}
  }

  #add(today: string): void {
    const line = Channel.create(LINE_BYTES, 'spare');
    line.words[KEEPER] = thisAgent().id;
    let runner: R;
    try {
      runner = this.#start(bootArguments('spare', line.segment.file));
    } catch (error) {
      line.close();
      throw error;
    }
    const spare: Spare<R> = { runner, line, circumstances: today };
    this.#spares.add(spare);
    const onEnd = () => {
      this.#spares.delete(spare);
      if (line.segment.closed) return;
      // Finding out that it is dead also unmaps its page, which was mapped to ring it.
      isAlive(spare);
      line.close();
    };
    runner.once('exit', onEnd);
    runner.once('error', onEnd);
    runner.unref();
  }

  #drop(spare: Spare<R>): void {
    this.#spares.delete(spare);
    spare.line.send(new Uint8Array(0), 0);
  }
}

/** Whether it is on its way up, or lives. */
function isAlive({ line }: Spare<Runner>): boolean {
  const agent = Atomics.load(line.words, SPARE);
  return agent === 0 || thisAgent().isAlive(agent);
}

/** What a child takes over from this process as it is now. */
function circumstances(): string {
  return JSON.stringify([process.execPath, process.execArgv, directory(), process.env]);
}

/** `undefined` when it was removed: a child starts in it all the same. */
function directory(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}
