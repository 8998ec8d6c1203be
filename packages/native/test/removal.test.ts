import { existsSync, linkSync, statSync, unlinkSync } from 'node:fs';
import {
  attach,
  create,
  detach,
  KEEP,
  LOCK_SHARED,
  REMOVE_IF_LEFT,
  REMOVE_WHEN_LAST,
  remove,
  removeLeft,
} from '@mp/native';
import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';
import { directory, filesThere, fresh } from './place.ts';
import { header, leave } from './segment-file.ts';

leakCheck();

test('remove() answers whether the file is gone now', () => {
  const path = fresh();
  expect(remove(path)).toBe(true);
  leave(path);
  const buffer = attach(path, LOCK_SHARED, KEEP)!;
  expect(remove(path)).toBe(false);
  detach(buffer, KEEP);
  expect(remove(path)).toBe(true);
  expect(existsSync(path)).toBe(false);
});

test('removeLeft() leaves a file with a user name, unless that goes with its last user', () => {
  const NAMED = 1;
  const TRANSIENT = 2;
  for (const [flags, gone] of [
    [0, true],
    [NAMED, false],
    [NAMED | TRANSIENT, true],
  ] as const) {
    const path = fresh();
    leave(path, { flags });
    const buffer = attach(path, LOCK_SHARED, KEEP)!;
    expect(removeLeft(path)).toBe(false);
    detach(buffer, REMOVE_IF_LEFT);
    expect(existsSync(path)).toBe(!gone);
    expect(removeLeft(path)).toBe(gone);
    expect(remove(path)).toBe(true);
  }
});

test('a pinned file stays, and goes with its last link', () => {
  const path = fresh();
  leave(path);
  linkSync(path, `${path}+1`);
  expect(remove(path)).toBe(false);
  detach(attach(path, LOCK_SHARED, KEEP)!, REMOVE_WHEN_LAST);
  expect(existsSync(path)).toBe(true);
  unlinkSync(`${path}+1`);
  expect(remove(path)).toBe(true);
});

test('who removes a file removes its satellites, and no other', () => {
  const path = fresh();
  leave(path, { satellites: 2 });
  for (const satellite of ['+1', '+2', '+2+1']) leave(path + satellite);
  leave(`${path}0+1`);
  leave(`${path}0`);
  expect(remove(path)).toBe(true);
  expect(filesThere().map((file) => `${directory()}/${file}`)).toEqual(
    expect.arrayContaining([`${path}0`, `${path}0+1`]),
  );
  expect(filesThere()).toHaveLength(2);
  unlinkSync(`${path}0`);
  unlinkSync(`${path}0+1`);
});

test('a file that says it has no satellites costs no look at the directory', () => {
  const path = fresh();
  leave(path);
  leave(`${path}+1`);
  expect(remove(path)).toBe(true);
  expect(existsSync(`${path}+1`)).toBe(true);
  unlinkSync(`${path}+1`);
});

test('a satellite that is a pin lets go of what it pinned, over several carriers', () => {
  const [carrier, between, pinned] = [fresh(), fresh(), fresh()];
  leave(carrier, { satellites: 1 });
  leave(between, { satellites: 1 });
  leave(pinned);
  linkSync(between, `${carrier}+1`);
  linkSync(pinned, `${between}+1`);
  expect(remove(carrier)).toBe(true);
  expect(filesThere()).toEqual([]);
});

test('a pinned file that is in use, or has a user name, or another pin, stays', () => {
  const carrier = fresh();
  const used = fresh();
  const named = fresh('n-');
  const other = fresh();
  leave(carrier, { satellites: 3 });
  [used, named, other].forEach((path, index) => {
    leave(path);
    linkSync(path, `${carrier}+${index}`);
  });
  linkSync(other, `${other}+1`);
  const buffer = attach(used, LOCK_SHARED, KEEP)!;
  expect(remove(carrier)).toBe(true);
  for (const path of [used, named, other]) expect(existsSync(path)).toBe(true);
  expect(statSync(other).nlink).toBe(2);
  unlinkSync(`${other}+1`);
  detach(buffer, REMOVE_WHEN_LAST);
  for (const path of [named, other]) expect(remove(path)).toBe(true);
});

test.each(['../escaped', 's-/../../escaped', '', '..', 's-\0x', 'n-other'])(
  'a header that names %j leads nowhere',
  (name) => {
    const carrier = fresh();
    const pin = `${carrier}+1`;
    leave(carrier, { satellites: 1 });
    const buffer = create(pin, 4096, LOCK_SHARED, KEEP, header(name))!;
    linkSync(pin, `${carrier}+2`);
    detach(buffer, KEEP);
    const bystander = fresh('n-');
    leave(bystander);
    expect(remove(carrier)).toBe(true);
    expect(existsSync(bystander)).toBe(true);
    unlinkSync(bystander);
    expect(filesThere()).toEqual([]);
  },
);

test('satellites that pin each other in a circle end', () => {
  const carrier = fresh();
  leave(carrier, { satellites: 1 });
  for (let n = 0; n < 40; n++) {
    const path = fresh();
    leave(path, { satellites: 1 });
    linkSync(path, `${carrier}+${n}`);
    linkSync(path, `${path}+1`);
  }
  expect(remove(carrier)).toBe(true);
  for (const file of filesThere()) unlinkSync(`${directory()}/${file}`);
});

test('a removal that was cut short is finished by the next call that attaches or removes', () => {
  for (const finish of [(path: string) => attach(path, LOCK_SHARED, KEEP) === undefined, remove]) {
    const path = fresh('n-');
    leave(path, { satellites: 5, magic: 'MPS0' });
    leave(`${path}+5`);
    expect(finish(path)).toBe(true);
    expect(filesThere()).toEqual([]);
  }
});

test('a half removed file that somebody pinned all the same is no endless wait', () => {
  const path = fresh('n-');
  leave(path, { magic: 'MPS0' });
  linkSync(path, `${path}+1`);
  expect(() => attach(path, LOCK_SHARED, KEEP)).toThrow(expect.objectContaining({ code: 'EBUSY' }));
  for (const link of [path, `${path}+1`]) unlinkSync(link);
});
