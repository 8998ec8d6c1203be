import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { H_VERSION, type HandleDecoder, handleDecoders, Segment } from '@mp/core/internal';
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  Lock,
  MpError,
  RLock,
  RWLock,
  Semaphore,
} from '@mp/lock';
import { freshName, leakCheck } from '@mp/testing';
import { afterEach, describe, expect, test } from 'vitest';

leakCheck();

type Kind = Parameters<typeof Segment.attach>[1];
type Options = { name?: string };
type Class = [title: string, kind: Kind, make: (options?: Options) => { close(): void; unlink(): boolean }];

const CLASSES: Class[] = [
  ['Lock', 'lock', (options) => new Lock(options)],
  ['RLock', 'rlock', (options) => new RLock(options)],
  ['RWLock', 'rwlock', (options) => new RWLock(options)],
  ['Semaphore', 'semaphore', (options) => new Semaphore(2, options)],
  ['BoundedSemaphore', 'semaphore', (options) => new BoundedSemaphore(2, options)],
  ['Event', 'event', (options) => new Event(options)],
  ['Condition', 'condition', (options) => new Condition(undefined, options)],
  ['Barrier', 'barrier', (options) => new Barrier(2, options)],
];

/** Stands for what a wait takes. */
const OPTIONS = {};
const WAITS = (...names: string[]): [string, ...unknown[]][] => names.map((name) => [name, OPTIONS]);
const SEMAPHORE: [string, ...unknown[]][] = [...WAITS('acquire', 'acquireSync'), ['tryAcquire'], ['release']];
const RLOCK: [string, ...unknown[]][] = [...WAITS('acquire', 'acquireSync'), ['tryAcquire'], ['release']];

/** The methods of each class, with arguments. */
const USES: Record<string, [string, ...unknown[]][]> = {
  Lock: SEMAPHORE,
  RLock: RLOCK,
  RWLock: [...WAITS('read', 'readSync', 'write', 'writeSync'), ['tryRead'], ['tryWrite']],
  Semaphore: SEMAPHORE,
  BoundedSemaphore: SEMAPHORE,
  Event: [...WAITS('wait', 'waitSync'), ['set'], ['clear']],
  Condition: [
    ...WAITS('acquire', 'acquireSync', 'wait', 'waitSync'),
    ['waitFor', () => true, OPTIONS],
    ['waitForSync', () => true, OPTIONS],
    ['notify'],
    ['notifyAll'],
    ['release'],
  ],
  Barrier: [...WAITS('wait', 'waitSync'), ['abort'], ['reset']],
};

const path = (name: string) => join(process.env.MP_DIR!, `n-${name}`);
const MISMATCH = expect.objectContaining({ code: 'ERR_MP_MISMATCH' });

describe.each(CLASSES)('%s refuses', (title, kind, make) => {
  const name = freshName();
  afterEach(() => rmSync(path(name), { recursive: true, force: true }));

  test.each([[''], ['a/b'], ['../a'], ['a\0b'], ['ä'], ['a b'], ['x'.repeat(101)], [' ']])(
    'the name %j',
    (wrong) => {
      expect(() => make({ name: wrong })).toThrow(RangeError);
      expect(() => make({ name: wrong })).toThrow(/name must be 1 to 100 characters of .*, not "/);
    },
  );

  test.each([[1], [null], [{}], [['a']], [true]])('the name %j', (wrong) => {
    expect(() => make({ name: wrong as never })).toThrow(TypeError);
  });

  test.each([[null], [1], ['name'], [true]])('the options %j', (wrong) => {
    expect(() => make(wrong as never)).toThrow(TypeError);
    expect(() => make(wrong as never)).toThrow(/options must be an object like \{ \w+(, \w+)? \}, not/);
  });

  test('a name of every other kind, naming both', () => {
    for (const [other, otherKind, makeOther] of CLASSES) {
      if (otherKind === kind) continue;
      const object = makeOther({ name });
      expect(() => make({ name }), other).toThrow(MISMATCH);
      const what = other.replace('Bounded', '');
      expect(() => make({ name }), other).toThrow(
        new RegExp(`"${name}" as an? .*: it is an? ${what} made by pid ${process.pid}`),
      );
      expect(object.unlink()).toBe(true);
    }
  });

  test('another version of the layout', () => {
    make({ name }).close();
    const { segment } = Segment.openNamed(name, { kind, version: 1, size: 0 });
    segment.words[H_VERSION] = 7;
    segment.close();
    expect(() => make({ name })).toThrow(/it has layout version 7, this program uses version 1/);
  });

  test('a file that was cut, is foreign, or is no file', () => {
    make({ name }).close();
    truncateSync(path(name), 1000);
    expect(() => make({ name })).toThrow(/its file was cut to 1000 of \d+ bytes/);
    for (const content of ['', 'hello', 'x'.repeat(10_000)]) {
      rmSync(path(name));
      writeFileSync(path(name), content);
      expect(() => make({ name })).toThrow(MISMATCH);
      expect(() => make({ name })).toThrow(/is not a segment of @mp/);
    }
    rmSync(path(name));
    mkdirSync(path(name));
    expect(() => make({ name })).toThrow(MISMATCH);
    rmSync(path(name), { recursive: true });
    symlinkSync('/dev/null', path(name));
    expect(() => make({ name })).toThrow(MISMATCH);
  });

  test('to be used when it is closed', async () => {
    const object = make({ name: `${name}-closed` });
    object.unlink();
    for (const [use, ...args] of USES[title]) {
      const call = async () =>
        (object as unknown as Record<string, (...args: unknown[]) => unknown>)[use](...args);
      await expect(call(), use).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
    }
    object.close();
  });

  test.each([
    [{ timeout: '1' }, TypeError],
    [{ timeout: Number.NaN }, RangeError],
    [{ timeout: null }, TypeError],
    [{ signal: {} }, TypeError],
    [5, TypeError],
    [null, TypeError],
  ])('to wait with the options %j', async (options, kind) => {
    using object = make() as never as Disposable & Record<string, (...args: unknown[]) => unknown>;
    for (const [use, ...args] of USES[title].filter(([, ...args]) => args.at(-1) === OPTIONS)) {
      const call = async () => object[use](...args.slice(0, -1), options);
      await expect(call(), use).rejects.toBeInstanceOf(kind);
    }
  });
});

test('a handle that is damaged is refused', () => {
  for (const kind of ['lock', 'rlock', 'rwlock', 'semaphore', 'event', 'condition', 'barrier']) {
    const { decode } = handleDecoders().get(kind) as HandleDecoder;
    const damaged = [
      undefined,
      null,
      1,
      {},
      [],
      ['s-1'],
      ['s-1', 'queue', 1],
      ['s-1', 'lock', '1'],
      '../x',
      's-a/b',
      's-0',
    ];
    for (const data of [...damaged, ['../x', kind, 1]])
      expect(() => decode(data), `${kind} ${JSON.stringify(data)}`).toThrow(MpError);
  }
});
