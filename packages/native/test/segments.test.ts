import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import {
  attach,
  create,
  detach,
  KEEP,
  LOCK_EXCLUSIVE,
  LOCK_NONE,
  LOCK_SHARED,
  pageSize,
  probe,
  REMOVE_WHEN_LAST,
  remove,
  UNLINK,
} from '@mp/native';
import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';
import { filesThere, fresh, mappingsOf } from './place.ts';

leakCheck();

const NOTHING = new Uint8Array(0);

/** A new segment of one page, unless the test says otherwise. */
function make(
  path: string,
  { size = 4096, lock = LOCK_SHARED as number, atEnd = REMOVE_WHEN_LAST as number } = {},
) {
  const buffer = create(path, size, lock, atEnd, NOTHING);
  if (buffer === undefined) throw new Error(`${path} exists`);
  return buffer;
}

test('create() makes a file of the exact size, mode 0600 whatever the umask, that begins with `initial`', () => {
  const path = fresh();
  const umask = process.umask(0o777);
  const buffer = create(path, 5000, LOCK_SHARED, REMOVE_WHEN_LAST, new Uint8Array([1, 2, 3]))!;
  process.umask(umask);
  expect(buffer.byteLength).toBe(5000);
  expect([...new Uint8Array(buffer, 0, 5)]).toEqual([1, 2, 3, 0, 0]);
  expect(statSync(path)).toMatchObject({ size: 5000, nlink: 1 });
  expect(statSync(path).mode & 0o7777).toBe(0o600);
  detach(buffer, REMOVE_WHEN_LAST);
});

test('create() reserves every page at once', () => {
  const path = fresh();
  const buffer = make(path, { size: 9 << 20 });
  expect(statSync(path).blocks * 512).toBeGreaterThanOrEqual(9 << 20);
  detach(buffer, UNLINK);
});

test('create() answers undefined when the path exists, and changes nothing', () => {
  const path = fresh();
  writeFileSync(path, 'mine');
  const before = mappingsOf('self');
  expect(create(path, 4096, LOCK_SHARED, REMOVE_WHEN_LAST, NOTHING)).toBeUndefined();
  expect(statSync(path).size).toBe(4);
  expect(mappingsOf('self')).toBe(before);
  unlinkSync(path);
});

test('create() in no directory throws what the system said', () => {
  const path = '/nowhere/s-1';
  expect(() => make(path)).toThrow(
    expect.objectContaining({ code: 'ENOENT', errno: -2, syscall: 'open', path, name: 'Error' }),
  );
  expect(() => make(path)).toThrow("ENOENT: no such file or directory, open '/nowhere/s-1'");
});

test('attach() maps the same bytes', () => {
  const path = fresh();
  const one = make(path);
  const two = attach(path, LOCK_SHARED, KEEP)!;
  new Int32Array(one)[7] = 42;
  expect(new Int32Array(two)[7]).toBe(42);
  detach(one, KEEP);
  expect(new Int32Array(two)[7]).toBe(42);
  detach(two, REMOVE_WHEN_LAST);
  expect(existsSync(path)).toBe(false);
});

test('attach() maps a window of the file', () => {
  const path = fresh();
  const page = pageSize();
  const whole = make(path, { size: page + 100 });
  const head = attach(path, LOCK_SHARED, KEEP, 0, page)!;
  const rest = attach(path, LOCK_SHARED, KEEP, page)!;
  expect([head.byteLength, rest.byteLength]).toEqual([page, 100]);
  new Uint8Array(whole)[page + 7] = 9;
  expect(new Uint8Array(rest)[7]).toBe(9);
  expect(attach(path, LOCK_SHARED, KEEP, 2 * page)).toBeUndefined();
  detach(whole, REMOVE_WHEN_LAST);
  detach(head, REMOVE_WHEN_LAST);
  expect(existsSync(path)).toBe(true);
  detach(rest, REMOVE_WHEN_LAST);
  expect(existsSync(path)).toBe(false);
});

test('create() without reserving takes only what it writes, and refuses what can never fit', () => {
  const path = fresh();
  const sparse = create(path, 1 << 30, LOCK_SHARED, REMOVE_WHEN_LAST, new Uint8Array([5]), false)!;
  expect(statSync(path)).toMatchObject({ size: 1 << 30 });
  expect(statSync(path).blocks * 512).toBeLessThanOrEqual(4 * pageSize());
  expect(new Uint8Array(sparse)[0]).toBe(5);
  detach(sparse, REMOVE_WHEN_LAST);
  expect(() => create(path, 2 ** 39, LOCK_SHARED, KEEP, NOTHING, false)).toThrow(
    expect.objectContaining({ code: 'ENOSPC' }),
  );
});

test('attach() answers undefined for no file and for an empty one', () => {
  const path = fresh();
  expect(attach(path, LOCK_SHARED, KEEP)).toBeUndefined();
  writeFileSync(path, '');
  expect(attach(path, LOCK_SHARED, KEEP)).toBeUndefined();
  unlinkSync(path);
});

test('attach() and the others refuse what is no file, and never wait for it', () => {
  const path = fresh();
  mkdirSync(path);
  expect(() => attach(path, LOCK_SHARED, KEEP)).toThrow(expect.objectContaining({ code: 'EISDIR' }));
  expect(() => remove(path)).toThrow(expect.objectContaining({ code: 'EISDIR' }));
  rmSync(path, { recursive: true });
  expect(spawnSync('mkfifo', [path]).status).toBe(0);
  expect(() => attach(path, LOCK_NONE, KEEP)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  expect(() => remove(path)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  expect(probe(path)).toBe(1);
  unlinkSync(path);
  symlinkSync('/etc/passwd', path);
  expect(() => attach(path, LOCK_SHARED, KEEP)).toThrow(expect.objectContaining({ code: 'ELOOP' }));
  expect(() => remove(path)).toThrow(expect.objectContaining({ code: 'ELOOP' }));
  expect(existsSync('/etc/passwd')).toBe(true);
  unlinkSync(path);
});

test.each([5 * 2 ** 30, 2 ** 35, 2 ** 40])(
  'a file of %d bytes is mapped or refused with a reason, never a crash',
  (size) => {
    const path = fresh();
    writeFileSync(path, '');
    truncateSync(path, size);
    const before = mappingsOf('self');
    try {
      const buffer = attach(path, LOCK_SHARED, KEEP)!;
      expect(buffer.byteLength).toBe(size);
      detach(buffer, KEEP);
    } catch (error) {
      // Too large for Node, or for the addresses that are left: an emulated processor has few.
      expect(['ERR_BUFFER_TOO_LARGE', 'ENOMEM']).toContain((error as NodeJS.ErrnoException).code);
    }
    expect(mappingsOf('self')).toBe(before);
    expect(remove(path)).toBe(true);
  },
);

test('a file larger than 2^40 bytes is refused', () => {
  const path = fresh();
  writeFileSync(path, '');
  truncateSync(path, 2 ** 40 + 1);
  expect(() => attach(path, LOCK_SHARED, KEEP)).toThrow(expect.objectContaining({ code: 'EFBIG' }));
  unlinkSync(path);
});

test('detach() empties every view, unmaps, and refuses the buffer from then on', () => {
  const path = fresh();
  const before = mappingsOf('self');
  const buffer = make(path);
  const view = new Int32Array(buffer);
  expect(mappingsOf('self')).toBe(before + 1);
  detach(buffer, REMOVE_WHEN_LAST);
  expect(buffer.byteLength).toBe(0);
  expect(view.length).toBe(0);
  view[0] = 1;
  expect(view[0]).toBeUndefined();
  expect(mappingsOf('self')).toBe(before);
  expect(existsSync(path)).toBe(false);
  expect(() => detach(buffer, KEEP)).toThrow(TypeError);
  expect(() => detach(new ArrayBuffer(8), KEEP)).toThrow(TypeError);
});

test('detach() decides what happens to the file', () => {
  const kept = fresh();
  detach(make(kept, { atEnd: UNLINK }), KEEP);
  expect(existsSync(kept)).toBe(true);
  const used = attach(kept, LOCK_SHARED, KEEP)!;
  detach(attach(kept, LOCK_SHARED, KEEP)!, REMOVE_WHEN_LAST);
  expect(existsSync(kept)).toBe(true);
  detach(attach(kept, LOCK_SHARED, KEEP)!, UNLINK);
  expect(existsSync(kept)).toBe(false);
  detach(used, KEEP);
});

test('structuredClone() does not move the pages: it refuses, or copies them (as Node 20 does)', () => {
  const buffer = make(fresh());
  const words = new Int32Array(buffer);
  words[0] = 7;
  let copy: ArrayBuffer | undefined;
  try {
    copy = structuredClone(buffer, { transfer: [buffer] });
  } catch (error) {
    expect(error).toMatchObject({ name: 'DataCloneError' });
  }
  if (copy !== undefined) {
    expect(new Int32Array(copy)[0]).toBe(7);
    expect(() => detach(copy, KEEP)).toThrow(TypeError);
  }
  words[0] = 8;
  expect(words[0]).toBe(8);
  detach(buffer, REMOVE_WHEN_LAST);
});

test('after buffer.transfer(), where Node has it, the new buffer is the one to detach', () => {
  const path = fresh();
  const buffer = make(path) as ArrayBuffer & { transfer?: () => ArrayBuffer };
  new Int32Array(buffer)[0] = 7;
  const moved = buffer.transfer?.() ?? buffer;
  if (moved !== buffer) expect(() => detach(buffer, KEEP)).toThrow(TypeError);
  expect(new Int32Array(moved)[0]).toBe(7);
  detach(moved, REMOVE_WHEN_LAST);
  expect(existsSync(path)).toBe(false);
});

test('a mapping at an address that was used before is not mistaken for the one before', () => {
  for (let round = 0; round < 200; round++) {
    const path = fresh();
    const buffer = make(path);
    detach(buffer, REMOVE_WHEN_LAST);
    const next = make(path);
    new Uint8Array(next).fill(1);
    expect(() => detach(buffer, UNLINK)).toThrow(TypeError);
    detach(next, REMOVE_WHEN_LAST);
  }
  expect(filesThere()).toEqual([]);
});

test('probe() tells no file, a file, and a file that somebody lives in', () => {
  const path = fresh();
  expect(probe(path)).toBe(0);
  const shared = make(path);
  expect(probe(path)).toBe(1);
  detach(shared, UNLINK);
  const exclusive = make(path, { lock: LOCK_EXCLUSIVE });
  expect(probe(path)).toBe(2);
  const look = attach(path, LOCK_NONE, KEEP)!;
  expect(probe(path)).toBe(2);
  detach(exclusive, KEEP);
  expect(probe(path)).toBe(1);
  detach(look, UNLINK);
  expect(probe(path)).toBe(0);
});

test('attach() does not hang on a file that somebody holds for long', () => {
  const path = fresh();
  const owner = make(path, { lock: LOCK_EXCLUSIVE });
  expect(() => attach(path, LOCK_SHARED, KEEP)).toThrow(
    expect.objectContaining({ code: 'EBUSY', syscall: 'flock' }),
  );
  expect(probe(path)).toBe(2);
  detach(owner, UNLINK);
});

test('paths in the root directory, and paths as long as they get', () => {
  expect(probe('/none-of-mp')).toBe(0);
  expect(attach(`/${'x'.repeat(255)}`, LOCK_SHARED, KEEP)).toBeUndefined();
  expect(probe(`/${'x/'.repeat(2044)}x`)).toBe(0);
  expect(() => probe(`/${'x'.repeat(4090)}€`)).toThrow(RangeError);
});
