import type { Histogram } from 'node:perf_hooks';
import type { Parameter } from '@mp/core/internal';
import type { Pool } from '@mp/pool';
import type { Call } from '../call.ts';
import { itemsFrom } from './arguments.ts';

/** Options of a pool that a client may choose. Those of its processes could run code that the server does not have. */
const OPTIONS = ['workers', 'kind', 'init', 'recycle', 'grace', 'order'] as const;
const CALL_OPTIONS = ['taskTimeout', 'priority', 'retries', 'key', 'traceparent'] as const;

type Task = (...args: readonly unknown[]) => unknown;

/** A result of a pool, as far as it is needed here. */
interface Running extends PromiseLike<unknown> {
  cancel(reason?: unknown): void;
}

/** A pool whose workers are children of the server. */
export class HostedPool {
  static readonly exposed = ['apply', 'map', 'starmap', 'stats', 'close', 'terminate', 'join'];
  readonly #pool: Pool;
  /** As its first client has asked for it. */
  readonly #plan: Readonly<Record<string, unknown>>;
  /** Settles when all calls so far were given to the pool: first their tasks have to be found. Never rejects. */
  #given: Promise<unknown> = Promise.resolve();

  private constructor(pool: Pool, plan: Readonly<Record<string, unknown>>) {
    this.#pool = pool;
    this.#plan = plan;
  }

  static async make([given]: readonly unknown[], { caller }: Call): Promise<HostedPool> {
    const options = chosen(given, OPTIONS, 'pool()');
    const { init } = options;
    if (init !== undefined) {
      if (!Array.isArray(init)) throw new TypeError('init must be an array like [task, arg]');
      options.init = [await caller.findTask(init[0]), ...init.slice(1)];
    }
    const { Pool: PoolClass } = await import('@mp/pool');
    return new HostedPool(new PoolClass(options), chosen(given, OPTIONS, 'pool()'));
  }

  parameters([given]: readonly unknown[]): readonly Parameter[] {
    return Object.entries(chosen(given, OPTIONS, 'pool()')).map(([name, asked]) => ({
      name,
      asked,
      found: this.#plan[name] ?? 'left to its default',
    }));
  }

  apply(call: Call, ref: unknown, args: unknown, options: unknown): Promise<unknown> {
    const given = itemsFrom(args ?? []);
    const how = chosen(options, CALL_OPTIONS, 'apply()');
    return this.#run(call, ref, (task) => this.#pool.apply(task, [...given], how));
  }

  map(call: Call, ref: unknown, items: unknown, options: unknown): Promise<unknown> {
    const given = itemsFrom(items);
    const how = chosen(options, [...CALL_OPTIONS, 'chunkSize'], 'map()');
    return this.#run(call, ref, (task) => this.#pool.map(task, given, how));
  }

  starmap(call: Call, ref: unknown, items: unknown, options: unknown): Promise<unknown> {
    const given = itemsFrom(items).map((each) => [...itemsFrom(each)]);
    const how = chosen(options, [...CALL_OPTIONS, 'chunkSize'], 'starmap()');
    return this.#run(call, ref, (task) => this.#pool.starmap(task, given, how));
  }

  stats(): object {
    const { run, wait, ...counts } = this.#pool.stats();
    return { ...counts, run: summary(run), wait: summary(wait) };
  }

  async close(): Promise<void> {
    await this.#given;
    this.#pool.close();
  }

  async terminate(_: Call, grace: unknown): Promise<void> {
    await this.#given;
    await this.#pool.terminate(grace === undefined ? {} : { grace: grace as number });
  }

  async join(call: Call): Promise<void> {
    await this.#given;
    if (!call.now) await this.#pool.join({ signal: call.signal });
    else if (!(await this.#pool.join({ timeout: 0 }))) call.notNow();
  }

  /** The last reference to it is gone, or the server ends. */
  dispose(): void {
    void this.#pool.terminate();
  }

  async #run(call: Call, ref: unknown, start: (task: Task) => Running): Promise<unknown> {
    if (call.now) call.notNow();
    const found = call.caller.findTask(ref);
    // Calls are given in their order, also when the module of an earlier one takes longer to import.
    const giving = Promise.all([found, this.#given]).then(([task]) => {
      call.signal.throwIfAborted();
      // In a list: it is to be waited for by the call only.
      return [start(task as Task)];
    });
    this.#given = giving.then(
      () => {},
      () => {},
    );
    const [result] = await giving;
    call.onCancel((reason) => result.cancel(reason));
    return result;
  }
}

/** Those that a client has set. @throws TypeError when there are others */
function chosen(given: unknown, known: readonly string[], what: string): Record<string, unknown> {
  if (given === undefined || given === null) return {};
  if (typeof given !== 'object') throw new TypeError(`The options of ${what} must be an object`);
  for (const name of Object.keys(given))
    if (!known.includes(name))
      throw new TypeError(
        `${what} of a manager has no option ${JSON.stringify(name)}: it has ${known.join(', ')}`,
      );
  return { ...given };
}

/** What travels of a histogram. */
function summary(histogram: Histogram): object {
  const { count, min, max, mean } = histogram;
  const isEmpty = count === 0;
  return {
    count,
    min: isEmpty ? 0 : min,
    mean: isEmpty ? 0 : mean,
    max,
    p50: isEmpty ? 0 : histogram.percentile(50),
    p99: isEmpty ? 0 : histogram.percentile(99),
  };
}
