import { lstatSync, readdirSync } from 'node:fs';
import { SharedMap } from '@mp/shared';
import { LIMIT_MS, leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

/** `npm run test:map` takes a million. */
const ENTRIES = Number(process.env.MP_MAP_ENTRIES ?? 20_000);

function fileBytes(): number {
  const directory = process.env.MP_DIR as string;
  return readdirSync(directory).reduce((sum, file) => sum + lstatSync(`${directory}/${file}`).size, 0);
}

test('what is written, deleted and written again takes no more than at the first time', {
  timeout: 2 * LIMIT_MS,
}, () => {
  const map = new SharedMap<number, string>();
  const fill = () => {
    for (let key = 0; key < ENTRIES; key++) map.set(key, 'x'.repeat(key % 200));
  };
  fill();
  const first = fileBytes();
  for (let round = 0; round < 3; round++) {
    for (let key = 0; key < ENTRIES; key++) map.delete(key);
    expect(map.size).toBe(0);
    fill();
    expect(fileBytes()).toBe(first);
  }
  // Memory for one size serves another one when all of it is free.
  for (let key = 0; key < ENTRIES; key++) map.delete(key);
  for (let key = 0; key < ENTRIES / 10; key++) map.set(key, 'y'.repeat(1000));
  expect(fileBytes()).toBeLessThan(first);
  map.clear();
  map.set(1, 'z');
  expect(fileBytes()).toBeLessThan(150_000);
  map.close();
});

test('an entry takes at most 64 bytes and half of its content more than that', () => {
  const map = new SharedMap<string, string>();
  const before = fileBytes();
  const count = 50_000;
  for (let key = 0; key < count; key++) map.set(String(key).padStart(8), 'v'.repeat(20));
  expect((fileBytes() - before) / count).toBeLessThan(1.5 * 28 + 64);
  map.close();
});
