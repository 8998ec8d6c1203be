import { type ClosedError, TimeoutError, type WaitOptions } from '@mp/core';
import { Script } from './scripts.ts';
import type { Session } from './session.ts';
import { SiteObject } from './site-object.ts';
import { type Look, WaitLine } from './wait-line.ts';

/*
 * An event is one hash.
 *
 *   turns   grows with each set(), and is not smaller than the ms of Redis's clock then
 *   set     1 = set
 *
 * A wait remembers the turns that it found, and is over as soon as there are more, so a set() that is followed by clear() at
 * once is not missed. They come from the clock, so that they grow also when Redis has lost its memory.
 */
const readEvent = new Script(
  'look at the event',
  `
  local h = redis.call('HMGET', KEYS[1], 'turns', 'set')
  return {tonumber(h[1]) or 0, tonumber(h[2]) or 0}
`,
  { reads: true },
);

const setEvent = new Script(
  'set the event',
  `
  local h = redis.call('HMGET', KEYS[1], 'turns', 'set')
  if h[2] == '1' then return 0 end
  redis.call('HSET', KEYS[1], 'turns', text(math.max((tonumber(h[1]) or 0) + 1, now())), 'set', 1)
  redis.call('PUBLISH', KEYS[1], '')
  return 1
`,
  { repeatable: true },
);

const clearEvent = new Script(
  'clear the event',
  `
  if redis.call('HGET', KEYS[1], 'set') == '1' then redis.call('HSET', KEYS[1], 'set', 0) end
  return 1
`,
  { repeatable: true, whenFull: true },
);

/**
 * A flag that the members of a namespace can wait for, on any machine: `Event` of `@mp/lock`.
 *
 * @example
 * ```text
 * const ready = site.event('ready');
 * if (!(await ready.wait({ timeout: 1_000 }))) console.log('not yet');
 * ```
 */
export class SiteEvent extends SiteObject {
  /** One line for each wait: they do not wait for each other. */
  readonly #lines = new Set<WaitLine>();

  /** @internal */
  constructor(session: Session, name: string) {
    super(session, 'event', name);
  }

  /** Whether it is set. */
  get isSet(): Promise<boolean> {
    return this.run(readEvent, [this.names.main]).then((answer) => (answer as number[])[1] === 1);
  }

  /** Sets it and wakes all waiters. @throws MpError `ERR_MP_DISCONNECTED`, `ERR_MP_NO_SPACE` */
  async set(): Promise<void> {
    await this.run(setEvent, [this.names.main]);
  }

  /** Clears it: later waits wait again. */
  async clear(): Promise<void> {
    await this.run(clearEvent, [this.names.main]);
  }

  /**
   * Waits until it is set, or was set since the call.
   *
   * @param options `timeout` in ms, which may take up to 2 s more while Redis does not answer; `signal` ends the wait
   * @returns `false` when it was not set in time
   * @throws ClosedError `ERR_MP_CLOSED`, MpError `ERR_MP_DISCONNECTED`
   */
  async wait(options?: WaitOptions): Promise<boolean> {
    this.assertOpen();
    const line = new WaitLine(this.session, this.names.main);
    this.#lines.add(line);
    let before: number | undefined;
    const look = async (): Promise<Look<true>> => {
      const [turns, set] = (await this.session.run(readEvent, [this.names.main])) as number[];
      before ??= turns;
      return set === 1 || turns > before ? { got: true } : { lookAfter: Infinity };
    };
    try {
      return await line.wait({ look, giveBack() {}, what: `Cannot wait for ${this.title}` }, options);
    } catch (error) {
      if (error instanceof TimeoutError) return false;
      throw error;
    } finally {
      this.#lines.delete(line);
    }
  }

  /** @internal */
  protected override endWaits(error: ClosedError): void {
    for (const line of [...this.#lines]) line.failAll(error);
  }
}
