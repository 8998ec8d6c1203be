import { mkdirSync, rmSync } from 'node:fs';
import * as native from '@mp/native';
import { leakCheck, PATIENCE, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';
import { directory } from './place.ts';

leakCheck();

const PATH = '/dev/shm/never-made';
const bytes = new Uint8Array(0);
const buffer = new ArrayBuffer(16);
const words = new Int32Array(260);
const nothing = () => {};

const functions = native as unknown as Record<string, (...list: unknown[]) => unknown>;

test.each<[string, unknown[], string, string]>([
  ['create', [], 'TypeError', 'Too few arguments'],
  ['create', [1, 4096, 1, 0, bytes], 'TypeError', 'path must be a string'],
  ['create', ['relative', 4096, 1, 0, bytes], 'RangeError', 'path must be absolute'],
  ['create', ['/with\0nul', 4096, 1, 0, bytes], 'RangeError', 'without NUL'],
  ['create', [`/${'x'.repeat(4092)}`, 4096, 1, 0, bytes], 'RangeError', 'shorter than 4092 bytes'],
  ['create', [PATH, '1', 1, 0, bytes], 'TypeError', 'size must be a whole number of bytes from 1 to 2^40'],
  ['create', [PATH, 0, 1, 0, bytes], 'RangeError', 'size must be'],
  ['create', [PATH, 1.5, 1, 0, bytes], 'RangeError', 'size must be'],
  ['create', [PATH, Number.NaN, 1, 0, bytes], 'RangeError', 'size must be'],
  ['create', [PATH, 2 ** 40 + 1, 1, 0, bytes], 'RangeError', 'size must be'],
  ['create', [PATH, 4096, 0, 0, bytes], 'RangeError', 'lock must be LOCK_SHARED or LOCK_EXCLUSIVE'],
  ['create', [PATH, 4096, 1, 4, bytes], 'RangeError', 'atEnd must be KEEP, REMOVE_WHEN_LAST, UNLINK or'],
  ['create', [PATH, 4096, 1, 0, bytes, 1], 'TypeError', 'reserve must be a boolean'],
  ['create', [PATH, 4096, 1, 0, new Uint16Array(1)], 'TypeError', 'initial must be a Uint8Array'],
  ['create', [PATH, 2, 1, 0, new Uint8Array(3)], 'RangeError', 'initial must not be longer than size'],
  ['attach', [PATH, 2, 0], 'RangeError', 'lock must be LOCK_NONE or LOCK_SHARED'],
  ['attach', [PATH, 1, -1], 'RangeError', 'atEnd must be'],
  ['attach', [PATH, 1, 0, 1], 'RangeError', 'from must be a multiple of the page size'],
  ['attach', [PATH, 1, 0, 65_536, 65_536], 'RangeError', 'less than to'],
  ['attach', [PATH, 1, 0, '0'], 'TypeError', 'from must be'],
  ['removeLeft', [1], 'TypeError', 'path must be a string'],
  ['detach', [bytes, 0], 'TypeError', 'buffer must be an ArrayBuffer'],
  ['detach', [buffer, 0], 'TypeError', 'buffer must be one of create() or attach()'],
  ['detach', [buffer, 'KEEP'], 'TypeError', 'atEnd must be'],
  ['remove', [undefined], 'TypeError', 'path must be a string'],
  ['probe', [Symbol('x')], 'TypeError', 'path must be a string'],
  ['futexWait', [bytes, 0, 0, 0], 'TypeError', 'buffer must be an ArrayBuffer'],
  ['futexWait', [buffer, 2, 0, 0], 'RangeError', 'byteOffset must be a multiple of 4 inside the buffer'],
  ['futexWait', [buffer, 16, 0, 0], 'RangeError', 'byteOffset must be'],
  ['futexWait', [buffer, -4, 0, 0], 'RangeError', 'byteOffset must be'],
  ['futexWait', [new ArrayBuffer(2), 0, 0, 0], 'RangeError', 'byteOffset must be'],
  ['futexWait', [buffer, 0, 2 ** 32, 0], 'RangeError', 'expected must be a 32-bit number'],
  ['futexWait', [buffer, 0, 0.5, 0], 'RangeError', 'expected must be a 32-bit number'],
  ['futexWait', [buffer, 0, 0, 1001], 'RangeError', 'milliseconds must be from 0 to 1000'],
  ['futexWait', [buffer, 0, 0, Number.NaN], 'RangeError', 'milliseconds must be from 0 to 1000'],
  ['futexWake', [buffer, 0, 0], 'RangeError', 'count must be a whole number from 1 to 2^31-1'],
  ['futexWake', [buffer, 0, 2 ** 31], 'RangeError', 'count must be a whole number'],
  ['doorbellWait', [buffer, 2, 0, 0], 'RangeError', 'byteOffset must be a multiple of 4 inside the buffer'],
  ['doorbellWait', [buffer, 0, 0, 1001], 'RangeError', 'milliseconds must be from 0 to 1000'],
  ['fileSystem', ['relative'], 'RangeError', 'path must be absolute'],
  ['doorbellOpen', [PATH, null, () => {}], 'TypeError', 'onRing must be a function'],
  ['doorbellOpen', [PATH, () => {}, null], 'TypeError', 'afterRing must be a function'],
  ['doorbellRef', [1], 'TypeError', 'on must be a boolean'],
  ['ring', [''], 'RangeError', 'path must be absolute'],
  ['lineControl', [buffer, 0, words], 'TypeError', 'page must be an ArrayBuffer of create() or attach()'],
  ['lineOpen', [bytes, words, bytes], 'TypeError', 'segment must be an ArrayBuffer of create() or attach()'],
  ['lineOpen', [buffer, words, bytes], 'TypeError', 'segment must be an ArrayBuffer of create() or attach()'],
  ['lineClose', [], 'TypeError', 'Too few arguments'],
  ['lineSend', [-1, bytes, 0, 0], 'RangeError', 'line must be one of lineOpen() that is open'],
  ['lineWake', ['0'], 'RangeError', 'line must be one of lineOpen() that is open'],
  ['lineEnter', [256, true], 'RangeError', 'line must be one of lineOpen() that is open'],
  ['lineSleep', [0, 1, 0], 'RangeError', 'line must be one of lineOpen() that is open'],
  ['peerKnow', [0, buffer, 0, PATH], 'RangeError', 'agent must be a whole number from 1 to 2^30-1'],
  ['peerKnow', [7, buffer, 0, PATH], 'TypeError', 'page must be an ArrayBuffer of create() or attach()'],
  ['peerForget', [2 ** 30], 'RangeError', 'agent must be a whole number from 1 to 2^30-1'],
  ['bellOpen', [5], 'TypeError', 'path must be a string'],
  ['bellRing', [{}], 'TypeError', 'bell must be one of bellOpen()'],
  ['bellRing', [null], 'TypeError', 'bell must be one of bellOpen()'],
  ['bellClose', [buffer], 'TypeError', 'bell must be one of bellOpen()'],
  ['processLock', [], 'TypeError', 'Too few arguments'],
  ['watchParent', [PATH, -1, 0, nothing], 'RangeError', 'graceMilliseconds must be from 0 to 3600000'],
  ['watchParent', [PATH, 0, 256, nothing], 'RangeError', 'exitCode must be a whole number from 0 to 255'],
  ['watchParent', [PATH, 0, 0, {}], 'TypeError', 'onDeath must be a function'],
  ['childStarted', [0], 'RangeError', 'pid must be a whole number from 1 to 2^31-1'],
  ['childHasEnded', [0.5], 'RangeError', 'pid must be a whole number from 1 to 2^31-1'],
  ['childEnded', ['1'], 'TypeError', 'pid must be a whole number from 1 to 2^31-1'],
  ['socketOpen', [-1, nothing], 'RangeError', 'descriptor must be a whole number from 0 to 2^31-1'],
  ['socketOpen', ['1', nothing], 'TypeError', 'descriptor must be'],
  ['socketOpen', [0, undefined], 'TypeError', 'onReady must be a function'],
  ['socketListen', [-1, nothing], 'RangeError', 'descriptor must be a whole number from 0 to 2^31-1'],
  ['socketListen', [0, undefined], 'TypeError', 'onReady must be a function'],
  ['socketAccept', [{}, nothing], 'TypeError', 'socket must be one of socketOpen()'],
  ['socketPeer', [undefined], 'TypeError', 'socket must be one of socketOpen()'],
  ['socketRead', [{}, bytes, 0, 1], 'TypeError', 'socket must be one of socketOpen()'],
  ['socketRead', [5, bytes, 0, 1], 'TypeError', 'socket must be one of socketOpen()'],
  ['socketWrite', [buffer, bytes, 0, 1], 'TypeError', 'socket must be one of socketOpen()'],
  ['socketWatch', [null, 1, true], 'TypeError', 'socket must be one of socketOpen()'],
  ['socketEndIfSilent', [nothing, 0], 'TypeError', 'socket must be one of socketOpen()'],
  ['socketWait', [nothing, 1, 0], 'TypeError', 'socket must be one of socketOpen()'],
  ['socketClose', [new Proxy({}, {})], 'TypeError', 'socket must be one of socketOpen()'],
])('%s() refuses bad arguments, case %#', (name, list, type, message) => {
  expect(() => functions[name](...list)).toThrow(
    expect.objectContaining({
      name: type,
      message: expect.stringContaining(message),
      code: expect.any(String),
    }),
  );
});

test('whatever the arguments are, no call crashes the process', async () => {
  const place = `${directory()}/fuzz`;
  const seed = Number(process.env.MP_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
  mkdirSync(place);
  // Each map of many gigabytes takes an emulator very long.
  const runs = Math.ceil(6000 / PATIENCE);
  const url = new URL('./fixtures/fuzz-arguments.mjs', import.meta.url);
  const fixture = spawnFixture(url, { args: [place, String(runs), String(seed)] });
  const exit = await fixture.exited;
  expect(exit, `MP_FUZZ_SEED=${seed}\n${fixture.stderr}`).toEqual({ code: 0, signal: null });
  expect(await fixture.line()).toBe(`survived ${runs}`);
  rmSync(place, { recursive: true });
});
