import { readdirSync } from 'node:fs';
import { Lock } from '@mp/lock';
import { Value } from '@mp/shared';
import { leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';
import { bytesOf, files, HEADER, me, PAGE, read } from './documented-layout.ts';

leakCheck();

test('an agent: its page, its doorbell, and how it is woken', async () => {
  const lock = new Lock();
  const held = lock.acquireSync();
  const waiting = lock.acquire();
  held.release();
  (await waiting).release();
  lock.close();
  const id = me();
  const bytes = read(`a-${id}`, 1, 0);
  expect(bytes.readUInt32LE(HEADER.AGENT)).toBe(id);
  // Vitest runs this file in the main thread of a process.
  expect(bytes.readInt32LE(PAGE.Agent.THREAD)).toBe(0);
  expect([0, 2]).toContain(bytes.readInt32LE(PAGE.Agent.MODE));
  expect(bytes.readInt32LE(PAGE.Agent.WAITS_FOR)).toBe(0);
  expect(files('d-')).toEqual([`d-${id}`]);
});

test('a Value: its type and number, behind its lock', () => {
  const value = new Value('f64', 1.5, { name: 'layout-value' });
  const bytes = read('n-layout-value', 16, 1);
  expect(bytes.readDoubleLE(PAGE.Value.NUMBER)).toBe(1.5);
  const type = bytes.readUInt32LE(PAGE.Value.TYPE);
  expect(type).toBeGreaterThan(0);
  value.lock.acquireSync();
  expect(bytesOf('n-layout-value').readInt32LE(PAGE.Value.LOCK)).toBe(me());
  value.lock.release();
  value.unlink();
  const other = new Value('i32', -2, { name: 'layout-value' });
  const otherBytes = read('n-layout-value', 16, 1);
  expect(otherBytes.readInt32LE(PAGE.Value.NUMBER)).toBe(-2);
  expect(otherBytes.readUInt32LE(PAGE.Value.TYPE)).not.toBe(type);
  other.unlink();
});

test('the floor of tokens lies above what was removed', () => {
  const lock = new Lock({ name: 'layout-floor' });
  const held = lock.acquireSync();
  held.release();
  lock.unlink();
  expect(read('t-tokens', 48, 0).readDoubleLE(PAGE.Tokens.FLOOR)).toBeGreaterThan(held.token);
});

test('the files of the directory are those of the page', async () => {
  const program = spawnFixture(new URL('fixtures/parent.mjs', import.meta.url));
  expect(await program.line()).toBe('started');
  // A slow run is swept meanwhile: that leaves a note, and no floor of tokens unless somebody needs it.
  const named = new Lock({ name: 'layout-files' });
  named.acquireSync().release();
  named.unlink();
  const found = readdirSync(process.env.MP_DIR!).filter((file) => !file.startsWith('.'));
  const kinds = new Set(found.map((file) => file.replace(/^(\w-).*/, '$1')));
  expect([...kinds].sort()).toEqual(['a-', 'd-', 'p-', 's-', 't-']);
  program.say('end');
  expect((await program.exited).code, program.stderr).toBe(0);
});
