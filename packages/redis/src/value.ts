import { ADMITS, type Fenced, refused, tokenArgument } from './fence.ts';
import { toBytes, toValue } from './message.ts';
import { Script } from './scripts.ts';
import type { Session } from './session.ts';
import { SiteObject } from './site-object.ts';

/*
 * A value is one hash.
 *
 *   v      N and a decimal number, or S and the message of anything else; none = its first value
 *   fence  the largest token that has written
 */
const readValue = new Script('read the value', `return redis.call('HGET', KEYS[1], 'v')`, { reads: true });

/** token, bytes → 1 · the larger token */
const writeValue = new Script(
  'set the value',
  `${ADMITS}
  local isAdmitted, seen = admits(KEYS[1], 'fence', ARGV[1])
  if not isAdmitted then return seen end
  redis.call('HSET', KEYS[1], 'v', ARGV[2])
  return 1
`,
);

/** token, operand, the first value → the value before, 1 · the larger token, 0 · nothing, -1: it is no number */
const addToValue = new Script(
  'add to the value',
  `${ADMITS}
  local before = redis.call('HGET', KEYS[1], 'v') or ARGV[3]
  if string.sub(before, 1, 1) ~= 'N' then return {false, -1} end
  local isAdmitted, seen = admits(KEYS[1], 'fence', ARGV[1])
  if not isAdmitted then return {seen, 0} end
  local sum = tonumber(string.sub(before, 2)) + tonumber(ARGV[2])
  redis.call('HSET', KEYS[1], 'v', 'N' .. string.format('%.17g', sum))
  return {before, 1}
`,
);

/** token, expected, bytes, the first value → the value before, 1 if it was exchanged, else 2 · the larger token, 0 */
const exchangeValue = new Script(
  'exchange the value',
  `${ADMITS}
  local function number(bytes) return string.sub(bytes, 1, 1) == 'N' and tonumber(string.sub(bytes, 2)) end
  local before, expected = redis.call('HGET', KEYS[1], 'v') or ARGV[4], ARGV[2]
  -- A sum that a script has made may have other digits than the same number in JavaScript.
  if before ~= expected and not (number(before) and number(before) == number(expected)) then return {before, 2} end
  local isAdmitted, seen = admits(KEYS[1], 'fence', ARGV[1])
  if not isAdmitted then return {seen, 0} end
  redis.call('HSET', KEYS[1], 'v', ARGV[3])
  return {before, 1}
`,
);

const NUMBER = 'N'.charCodeAt(0);
const MESSAGE = Buffer.from('S');

/**
 * One value for all members of a namespace: a counter, a limit, a setting. `Value` of `@mp/shared`, which holds numbers only,
 * and of a manager.
 *
 * @typeParam T what it is: anything that a message can be
 *
 * @example
 * ```text
 * const hits = site.value('hits', 0);
 * await hits.add(1);
 * console.log(await hits.get());
 * ```
 */
export class SiteValue<T = unknown> extends SiteObject {
  readonly #first: Buffer;

  /** @internal */
  constructor(session: Session, name: string, first: T) {
    super(session, 'value', name);
    this.#first = this.#bytesOf(first);
  }

  /** The value now: a copy. */
  async get(): Promise<T> {
    const bytes = await this.run(readValue, [this.names.main]);
    return this.#valueOf((bytes ?? this.#first) as Buffer);
  }

  /**
   * Sets it.
   *
   * @param options `token`: see {@link Fenced}
   * @throws SerializationError `ERR_MP_SERIALIZATION`; NotOwnerError `ERR_MP_NOT_OWNER` when the token is refused
   * @throws MpError `ERR_MP_NO_SPACE` when Redis is full; `ERR_MP_DISCONNECTED`: it may be set or not
   */
  async set(value: T, options?: Fenced): Promise<void> {
    const token = tokenArgument(options);
    const answer = await this.run(writeValue, [this.names.main], [token, this.#bytesOf(value)]);
    if (answer !== 1) throw refused(this.title, token, answer);
  }

  /**
   * Adds a number, at once for everybody.
   *
   * @returns the value before
   * @throws TypeError when it is no number, or the operand is none; else as `set`
   */
  async add(this: SiteValue<number>, operand: number, options?: Fenced): Promise<number> {
    return this.#add(operand, options);
  }

  /**
   * Sets it to `value` if it is `expected`, at once for everybody. They are equal when their messages are: of two objects also the
   * order of the keys counts.
   *
   * @returns the value before: `expected` if it was exchanged
   * @throws as `set`
   */
  async compareExchange(expected: T, value: T, options?: Fenced): Promise<T> {
    const { before } = await this.#exchange(this.#bytesOf(expected), this.#bytesOf(value), options);
    return this.#valueOf(before);
  }

  /**
   * Computes a new value from the present one: no change of another comes in between.
   *
   * @param change is given the value, and returns the new one, or a promise of it. When another one has changed the value
   * meanwhile it is called again with that: it must do nothing but compute
   * @returns the new value
   * @throws what `change` threw; else as `set`
   */
  async update(change: (value: T) => T | PromiseLike<T>, options?: Fenced): Promise<T> {
    let present = ((await this.run(readValue, [this.names.main])) ?? this.#first) as Buffer;
    for (;;) {
      const value = await change(this.#valueOf(present));
      const { before, isDone } = await this.#exchange(present, this.#bytesOf(value), options);
      if (isDone) return value;
      present = before;
    }
  }

  async #add(operand: number, options: Fenced | undefined): Promise<number> {
    if (!Number.isFinite(operand))
      throw new TypeError(`Cannot add to ${this.title}: ${String(operand)} is no finite number`);
    const token = tokenArgument(options);
    const answer = await this.run(addToValue, [this.names.main], [token, operand, this.#first]);
    const [before, isDone] = answer as [Buffer, number];
    if (isDone === -1) throw new TypeError(`Cannot add to ${this.title}: it is no finite number`);
    if (isDone === 0) throw refused(this.title, token, before);
    return Number(before.toString('latin1', 1));
  }

  async #exchange(expected: Buffer, bytes: Buffer, options: Fenced | undefined) {
    const token = tokenArgument(options);
    const args = [token, expected, bytes, this.#first];
    const [before, outcome] = (await this.run(exchangeValue, [this.names.main], args)) as [Buffer, number];
    if (outcome === 0) throw refused(this.title, token, before);
    return { before, isDone: outcome === 1 };
  }

  /** Numbers are text, with which a script can calculate. */
  #bytesOf(value: T): Buffer {
    if (typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0))
      return Buffer.from(`N${value}`);
    return Buffer.concat([MESSAGE, toBytes(this.session, value, 'value')]);
  }

  #valueOf(bytes: Buffer): T {
    const isNumber = bytes[0] === NUMBER;
    return (isNumber ? Number(bytes.toString('latin1', 1)) : toValue(this.session, bytes.subarray(1))) as T;
  }
}
