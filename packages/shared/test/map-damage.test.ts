import {
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { Lock, SharedMap, Value } from '@mp/shared';
import { leakCheck } from '@mp/testing';
import { afterEach, expect, test } from 'vitest';

leakCheck();

/*
 * A map whose files were cut, removed or written over: each use is right, or an error with a code. None ends the process,
 * never ends, or touches files that are not its own.
 */
const HEAD_BYTES = 1408;
const DIRTY_AT = 1472;
const BODY_AT = 256;
/** What a word is replaced by: ends of ranges, and numbers that could be true. */
const WORDS = [-1, 0, 1, 2, 5, -5, 1_000_000, 0x7fffffff];

let count = 0;
const made: string[] = [];

const folder = () => process.env.MP_DIR as string;
const code = (expected: string) => expect.objectContaining({ code: expected });

afterEach(() => {
  for (const name of made.splice(0))
    for (const file of filesOf(name)) rmSync(`${folder()}/${file}`, { force: true });
});

function filesOf(name: string): string[] {
  return readdirSync(folder()).filter((file) => file === `n-${name}` || file.startsWith(`n-${name}+`));
}

/** A map that nobody has open, with entries of several sizes, deleted ones, and ones with an expiry. */
function prepare(): { name: string; whole: [file: string, bytes: Buffer][]; restore(): void } {
  const name = `damaged-map-${process.pid}-${count++}`;
  made.push(name);
  const map = new SharedMap({ name, persist: true, maxBytes: 8000, evict: 'lru' });
  for (let i = 0; i < 24; i++) map.set(`key ${i}`, 'v'.repeat(i * 3), i % 5 === 0 ? { ttl: 1e6 } : undefined);
  for (let i = 0; i < 6; i++) map.delete(`key ${i}`);
  map.close();
  const whole = filesOf(name).map((file): [string, Buffer] => [file, readFileSync(`${folder()}/${file}`)]);
  const restore = () => {
    for (const file of filesOf(name)) rmSync(`${folder()}/${file}`);
    for (const [file, bytes] of whole) writeFileSync(`${folder()}/${file}`, bytes, { mode: 0o600 });
  };
  return { name, whole, restore };
}

/** Everything that can be done with a map. @returns the errors */
function useAll(name: string): { code?: unknown; message: string }[] {
  const errors: { code?: unknown; message: string }[] = [];
  let map: SharedMap | undefined;
  const attempt = (use: () => unknown) => {
    try {
      use();
    } catch (error) {
      errors.push(error as Error);
    }
  };
  attempt(() => (map = new SharedMap({ name })));
  const found = map;
  if (found === undefined) return errors;
  attempt(() => found.getMany(Array.from({ length: 24 }, (_, i) => `key ${i}`)));
  attempt(() => [...found]);
  attempt(() => [found.size, found.bytes]);
  attempt(() => found.set('key 10', 'x'.repeat(100)));
  attempt(() =>
    found.setMany([
      ['a', 1],
      ['b', 'y'.repeat(300)],
    ]),
  );
  attempt(() => found.delete('key 12'));
  attempt(() => {
    for (let i = 0; i < 40; i++) found.set(i, 'z'.repeat(i * 8));
  });
  attempt(() => found.has('key 20'));
  attempt(() => found.clear());
  attempt(() => found.set('again', 1));
  attempt(() => found.close());
  return errors;
}

function expectCodes(errors: { code?: unknown; message: string }[], what: string): void {
  for (const error of errors) expect(error.code, `${what}: ${error.message}`).toMatch(/^ERR_MP_/);
}

test('a head that was cut, is foreign, or is of another kind, is refused', () => {
  const { name, whole, restore } = prepare();
  const path = `${folder()}/n-${name}`;
  for (const cut of [60_000, 4096, HEAD_BYTES, 300, 10]) {
    restore();
    truncateSync(path, cut);
    expect(() => new SharedMap({ name }), `cut to ${cut}`).toThrow(code('ERR_MP_MISMATCH'));
    expect(statSync(path).size).toBe(cut);
  }
  writeFileSync(path, Buffer.alloc(70_000, 'foreign'));
  expect(() => new SharedMap({ name })).toThrow(/is not a segment of @mp/);
  writeFileSync(path, '');
  expect(() => new SharedMap({ name })).toThrow(code('ERR_MP_MISMATCH'));
  rmSync(path);
  const value = new Value('i32', 3, { name });
  expect(() => new SharedMap({ name })).toThrow(/it is a Value made by pid/);
  expect(value.value).toBe(3);
  value.unlink();
  const lock = new Lock({ name });
  expect(() => new SharedMap({ name })).toThrow(/it is a Lock made by pid/);
  lock.unlink();
  expect(whole.length).toBeGreaterThan(4);
});

test('a table or cells that were cut, removed, or are something else, are refused', () => {
  const { name, whole, restore } = prepare();
  const satellites = whole.filter(([file]) => file !== `n-${name}`);
  const refused = new Set<string>();
  const kinds = new Set<string>();
  for (const [file, bytes] of satellites) {
    const path = `${folder()}/${file}`;
    const ruin: Record<string, () => void> = {
      removed: () => unlinkSync(path),
      empty: () => truncateSync(path, 0),
      'cut in its header': () => truncateSync(path, 100),
      'cut behind it': () => truncateSync(path, 400),
      'cut at its end': () => truncateSync(path, bytes.length - 8),
      foreign: () => writeFileSync(path, Buffer.alloc(bytes.length, 7)),
      'of another kind': () =>
        writeFileSync(path, satellites.find(([other]) => other !== file)?.[1] as Buffer),
      'without its size': () => writeFileSync(path, Buffer.from(bytes).fill(0, BODY_AT, BODY_AT + 4)),
    };
    for (const [what, act] of Object.entries(ruin)) {
      restore();
      act();
      kinds.add(what);
      const errors = useAll(name);
      expectCodes(errors, `${file} ${what}`);
      if (errors.some((error) => error.code === 'ERR_MP_MISMATCH')) refused.add(what);
    }
  }
  // Of what is free nobody has to notice that it is gone.
  expect(refused).toEqual(kinds);
  restore();
  expect(useAll(name)).toEqual([]);
});

test('single words written over: each use is right or an error with a code, and ends', () => {
  const { name, whole, restore } = prepare();
  let state = Number(process.env.MP_TEST_SEED ?? 1);
  const seed = state;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const head = whole.find(([file]) => file === `n-${name}`)?.[1] as Buffer;
  const bystander = new SharedMap<string, string>({ name: `${name}-other` });
  bystander.set('mine', 'stays');
  let refused = 0;
  for (let run = 0; run < 150; run++) {
    restore();
    const [file, bytes] = whole[random(whole.length)];
    const isHead = bytes === head;
    const from = isHead ? HEAD_BYTES : BODY_AT;
    const words = Math.min(isHead ? 200 : 300, (bytes.length - from) / 4);
    const at = from + 4 * random(words);
    const word = WORDS[random(WORDS.length)];
    // As if its last writer had died as well, so that the next one repairs.
    const isDirty = random(2) === 0;
    const written = Buffer.from(bytes);
    const newHead = isHead ? written : Buffer.from(head);
    if (isDirty) newHead.writeInt32LE(1, DIRTY_AT);
    written.writeInt32LE(word, at);
    writeFileSync(`${folder()}/n-${name}`, newHead);
    writeFileSync(`${folder()}/${file}`, written);
    const errors = useAll(name);
    expectCodes(errors, `${file} at ${at} = ${word}${isDirty ? ', dirty' : ''}, seed ${seed}`);
    refused += errors.length > 0 ? 1 : 0;
  }
  expect(refused).toBeGreaterThan(0);
  expect([...bystander]).toEqual([['mine', 'stays']]);
  bystander.unlink();
});
