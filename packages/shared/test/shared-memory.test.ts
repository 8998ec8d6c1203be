import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { sweep } from '@mp/core/internal';
import { SharedMemory, Value } from '@mp/shared';
import { eventually, leakCheck, runInSmallFileSystem, spawnFixture } from '@mp/testing';
import { afterEach, expect, test } from 'vitest';

leakCheck();

const PEER = new URL('./fixtures/memory-peer.mjs', import.meta.url);
const opened: SharedMemory[] = [];
let count = 0;

const kept = (memory: SharedMemory) => {
  opened.push(memory);
  return memory;
};
const freshName = () => `memory-${process.pid}-${count++}`;
const pathOf = (name: string) => `${process.env.MP_DIR}/n-${name}`;
const code = (expected: string) => expect.objectContaining({ code: expected });

afterEach(() => {
  for (const memory of opened.splice(0)) memory.close();
});

test('SHM-1: made, opened and written by several users; its size is the one it was made with', () => {
  const name = freshName();
  const first = kept(SharedMemory.create({ name, size: 500 }));
  expect([first.created, first.name, first.size, first.buffer.byteLength]).toEqual([true, name, 500, 500]);
  expect(first.buffer).toBeInstanceOf(ArrayBuffer);
  expect(new Uint8Array(first.buffer).every((byte) => byte === 0)).toBe(true);
  const second = kept(SharedMemory.open(name));
  expect([second.created, second.size]).toEqual([false, 500]);
  Buffer.from(first.buffer).write('hello');
  new DataView(second.buffer).setFloat64(400, 1.5);
  expect(Buffer.from(second.buffer).toString('utf8', 0, 5)).toBe('hello');
  expect(new DataView(first.buffer).getFloat64(400)).toBe(1.5);
  expect(statSync(pathOf(name)).mode & 0o777).toBe(0o600);
  expect(new Float64Array(kept(SharedMemory.create({ size: 1024 })).buffer)).toHaveLength(128);
});

test('SHM-1: create() refuses a name that is taken, open() one that is not', () => {
  const name = freshName();
  expect(() => SharedMemory.open(name)).toThrow(code('ERR_MP_NOT_FOUND'));
  const first = kept(SharedMemory.create({ name, size: 1 }));
  expect(() => SharedMemory.create({ name, size: 1 })).toThrow(code('ERR_MP_EXISTS'));
  expect(first.unlink()).toBe(true);
  expect(first.unlink()).toBe(true);
  expect(() => SharedMemory.open(name)).toThrow(code('ERR_MP_NOT_FOUND'));
});

test('SHM-2: createOrOpen() says which it was, and refuses other parameters', () => {
  const name = freshName();
  const first = kept(SharedMemory.createOrOpen({ name, size: 64 }));
  const second = kept(SharedMemory.createOrOpen({ name, size: 64 }));
  expect([first.created, second.created]).toEqual([true, false]);
  expect(() => SharedMemory.createOrOpen({ name, size: 65 })).toThrow(/its size is 64, not 65/);
  expect(() => SharedMemory.createOrOpen({ name, size: 64, persist: true })).toThrow(
    /its persist is false, not true/,
  );
});

test('without persist it goes with its last user, be that its maker or not', () => {
  const name = freshName();
  const first = kept(SharedMemory.create({ name, size: 8 }));
  const second = kept(SharedMemory.open(name));
  first.close();
  new Uint8Array(second.buffer)[0] = 5;
  expect(new Uint8Array(kept(SharedMemory.open(name)).buffer)[0]).toBe(5);
  second.close();
  expect(existsSync(pathOf(name))).toBe(true);
  opened.at(-1)?.close();
  expect(existsSync(pathOf(name))).toBe(false);
});

test('SHM-9, SHM-10: a process that only opened it leaves it as it was, killed or not', async () => {
  const name = freshName();
  const memory = kept(SharedMemory.create({ name, size: 16 }));
  for (const how of ['end', 'kill']) {
    const peer = spawnFixture(PEER, { args: [name, 'write'] });
    expect(await peer.line()).toBe('16');
    if (how === 'kill') await peer.kill();
    else peer.say('end');
    await peer.exited;
    sweep();
    expect([...new Uint8Array(kept(SharedMemory.open(name)).buffer).slice(-3)]).toEqual([7, 8, 9]);
    new Uint8Array(memory.buffer).fill(0);
  }
});

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'SHM-8: it is gone when its last user ended by %s',
  async (signal) => {
    const name = freshName();
    const peer = spawnFixture(PEER, { args: [name, 'create'] });
    await peer.line();
    expect(kept(SharedMemory.open(name)).size).toBe(16);
    opened.at(-1)?.close();
    process.kill(peer.pid, signal);
    await peer.exited;
    await eventually('the lock of the dead is gone', () => {
      try {
        SharedMemory.open(name).close();
        return false;
      } catch (error) {
        return (error as { code?: string }).code === 'ERR_MP_NOT_FOUND';
      }
    });
    const again = kept(SharedMemory.create({ name, size: 4 }));
    expect([again.created, again.size]).toEqual([true, 4]);
  },
);

test('the sweep removes what a killed last user left, and nothing that persists', async () => {
  const [name, other] = [freshName(), freshName()];
  const persistent = SharedMemory.create({ name: other, size: 8, persist: true });
  persistent.close();
  const peer = spawnFixture(PEER, { args: [name, 'create'] });
  await peer.line();
  await peer.kill();
  await eventually('it is swept', () => {
    sweep();
    return !existsSync(pathOf(name));
  });
  expect(existsSync(pathOf(other))).toBe(true);
  expect(SharedMemory.open(other).unlink()).toBe(true);
});

test('with persist it stays until it is unlinked, at once or with its last user', () => {
  const name = freshName();
  const first = SharedMemory.create({ name, size: 8, persist: true });
  new Uint8Array(first.buffer)[3] = 9;
  first.close();
  sweep();
  const [second, third] = [kept(SharedMemory.open(name)), kept(SharedMemory.open(name))];
  expect(new Uint8Array(second.buffer)[3]).toBe(9);
  expect(second.unlink()).toBe(false);
  new Uint8Array(third.buffer)[3] = 10;
  third.close();
  expect(existsSync(pathOf(name))).toBe(false);
});

test('closed, its views are empty, and every use says so', () => {
  const memory = SharedMemory.create({ size: 8 });
  const [bytes, buffer] = [new Uint8Array(memory.buffer), memory.buffer];
  memory.close();
  memory.close();
  expect([bytes.length, buffer.byteLength, memory.name]).toEqual([0, 0, undefined]);
  for (const use of [() => memory.buffer, () => memory.size]) expect(use).toThrow(code('ERR_MP_CLOSED'));
  expect(() => memory.size).toThrow(/^Cannot use the SharedMemory: it was closed/);
  expect(() => memory.unlink()).toThrow(/^Cannot unlink a SharedMemory without a name/);
});

test('its pages are mapped when they are first asked for, and go with it', () => {
  const name = freshName();
  const size = 1 << 20;
  const memory = SharedMemory.create({ name, size });
  const mapped = () =>
    readFileSync('/proc/self/maps', 'utf8')
      .split('\n')
      .filter((line) => line.includes(name)).length;
  expect([memory.size, mapped()]).toEqual([size, 1]);
  expect(memory.buffer).toBe(memory.buffer);
  expect(mapped()).toBe(2);
  memory.close();
  expect([mapped(), existsSync(pathOf(name))]).toEqual([0, false]);
});

test('a file that was cut or removed by hand before its pages were asked for is an error', () => {
  const [cut, gone] = [freshName(), freshName()].map((name) =>
    kept(SharedMemory.create({ name, size: 100_000 })),
  );
  truncateSync(pathOf(cut.name as string), 50_000);
  expect(() => cut.buffer).toThrow(/^Cannot open ".*" as a SharedMemory: its file was cut to 50000 of/);
  expect(() => cut.buffer).toThrow(code('ERR_MP_MISMATCH'));
  unlinkSync(pathOf(gone.name as string));
  expect(() => gone.buffer).toThrow(code('ERR_MP_STALE'));
  expect([cut.size, gone.size]).toEqual([100_000, 100_000]);
});

/** Moves the pages into another buffer. Node 26 refuses to do it by `structuredClone()`, Node 20 has only that. */
function transferred(buffer: ArrayBuffer): ArrayBuffer {
  const newer = buffer as ArrayBuffer & { transfer?(): ArrayBuffer };
  return newer.transfer?.() ?? structuredClone(buffer, { transfer: [buffer] });
}

test('pages that were transferred stay with their new owner', () => {
  const memory = SharedMemory.create({ size: 8 });
  const { buffer } = memory;
  new Uint8Array(buffer)[0] = 3;
  const moved = transferred(buffer);
  memory.close();
  expect(new Uint8Array(moved)[0]).toBe(3);
  transferred(moved);
});

test.each<[string, unknown, typeof Error]>([
  ['nothing', undefined, TypeError],
  ['null', null, TypeError],
  ['no size', {}, TypeError],
  ['a size of 0', { size: 0 }, RangeError],
  ['a negative size', { size: -1 }, RangeError],
  ['a fraction', { size: 1.5 }, RangeError],
  ['NaN', { size: Number.NaN }, RangeError],
  ['Infinity', { size: Number.POSITIVE_INFINITY }, RangeError],
  ['more than there can be', { size: 2 ** 40 }, RangeError],
  ['text', { size: '8' }, TypeError],
  ['a bigint', { size: 8n }, TypeError],
  ['a NUL in the name', { size: 8, name: 'a\0b' }, RangeError],
  ['a path', { size: 8, name: '../up' }, RangeError],
  ['an empty name', { size: 8, name: '' }, RangeError],
  ['a number as its name', { size: 8, name: 5 }, TypeError],
  ['null as its name', { size: 8, name: null }, TypeError],
  ['a word for persist', { size: 8, name: 'x', persist: 'yes' }, TypeError],
  ['a number for reserve', { size: 8, reserve: 0 }, TypeError],
  ['persist without a name', { size: 8, persist: true }, TypeError],
])('create() refuses %s, and leaves no file', (_, options, expected) => {
  const before = readdirSync(process.env.MP_DIR as string);
  expect(() => SharedMemory.create(options as never)).toThrow(expected);
  expect(readdirSync(process.env.MP_DIR as string)).toEqual(before);
});

test('the other ways in refuse what they cannot do', () => {
  expect(() => SharedMemory.createOrOpen({ size: 8 } as never)).toThrow(/needs a name/);
  expect(() => SharedMemory.open(undefined as never)).toThrow(TypeError);
  expect(() => SharedMemory.open('a/b')).toThrow(RangeError);
  const Constructor = SharedMemory as unknown as new (...args: unknown[]) => unknown;
  expect(() => new Constructor({ size: 8 })).toThrow(/Use SharedMemory.create/);
  expect(() => new Constructor()).toThrow(TypeError);
  expect(() => SharedMemory.create({ size: 2 ** 39 })).toThrow(code('ERR_MP_NO_SPACE'));
});

test('names of another kind, truncated, foreign and damaged files are refused, and stay as they are', () => {
  const name = freshName();
  const value = new Value('i32', 3, { name });
  expect(() => SharedMemory.open(name)).toThrow(/it is a Value made by pid/);
  expect(() => SharedMemory.createOrOpen({ name, size: 8 })).toThrow(code('ERR_MP_MISMATCH'));
  expect(() => SharedMemory.create({ name, size: 8 })).toThrow(code('ERR_MP_EXISTS'));
  expect(value.value).toBe(3);
  value.unlink();
  const made = SharedMemory.create({ name, size: 100_000, persist: true });
  expect(() => new Value('i32', 3, { name })).toThrow(/it is a SharedMemory made by pid/);
  made.close();
  for (const cut of [50_000, 4096, 300, 10]) {
    truncateSync(pathOf(name), cut);
    expect(() => SharedMemory.open(name), `cut to ${cut}`).toThrow(code('ERR_MP_MISMATCH'));
    expect(statSync(pathOf(name)).size).toBe(cut);
  }
  writeFileSync(pathOf(name), Buffer.alloc(8192, 'foreign'));
  expect(() => SharedMemory.open(name)).toThrow(/is not a segment of @mp/);
  writeFileSync(pathOf(name), '');
  expect(() => SharedMemory.open(name)).toThrow(code('ERR_MP_NOT_FOUND'));
  expect(() => SharedMemory.create({ name, size: 1 })).toThrow(code('ERR_MP_EXISTS'));
  // Nothing of @mp made it, so nothing of @mp removes it.
  sweep();
  expect(existsSync(pathOf(name))).toBe(true);
  unlinkSync(pathOf(name));
});

test('a full directory is an error of create(), and reserved pages never fail later', () => {
  const run = runInSmallFileSystem(new URL('./fixtures/fill-memory.mjs', import.meta.url), 4 << 20);
  if ('reason' in run) {
    console.warn(`NOT TESTED: memory on a full file system, for nobody may mount one here: ${run.reason}`);
    expect(run.reason).not.toBe('');
    return;
  }
  expect(run.lines).toEqual([
    'too large: ERR_MP_NO_SPACE true',
    'too large, not reserved: ERR_MP_NO_SPACE true',
    'an array too large: ERR_MP_NO_SPACE true',
    'files: 0',
    'not reserved takes little: true',
    'what is left: ERR_MP_NO_SPACE true',
    'reserved pages are there: 1',
  ]);
});
