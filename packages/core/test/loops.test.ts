import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AheadLoop, type AheadPlan, PagedLoop } from '@mp/core/internal';
import { leakCheck } from '@mp/testing';
import { describe, expect, test } from 'vitest';

leakCheck();

const END = { done: true, value: undefined };
const item = (value: unknown) => ({ done: false, value });

/** A promise that the test settles. */
class Deferred<T> {
  resolve!: (value: T) => void;
  reject!: (error: unknown) => void;
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

const turn = () => new Promise(setImmediate);

/** Pages that the test gives, one after the other. */
function pages() {
  const asked: Deferred<readonly number[] | undefined>[] = [];
  const fetch = () => {
    const page = new Deferred<readonly number[] | undefined>();
    asked.push(page);
    return page.promise;
  };
  const until = async (count: number) => {
    while (asked.length < count) await turn();
  };
  return { asked, fetch, until };
}

test('no loop of a package is an async generator, which makes three promises for each item', () => {
  const packages = fileURLToPath(new URL('../../', import.meta.url));
  const sources = readdirSync(packages).flatMap((name) => {
    const folder = join(packages, name, 'src');
    if (!existsSync(folder)) return [];
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return files.filter((file) => file.endsWith('.ts')).map((file) => join(folder, file));
  });
  expect(sources.length).toBeGreaterThan(100);
  const isGenerator = (file: string) => /async (\*|function\*)/.test(readFileSync(file, 'utf8'));
  expect(sources.filter(isGenerator)).toEqual([]);
});

describe('a loop over pages', () => {
  test('answers calls in their order, over empty pages, and asks for one page at a time', async () => {
    const { asked, fetch, until } = pages();
    const loop = new PagedLoop(fetch);
    const calls = [1, 2, 3, 4].map(() => loop.next());
    asked[0].resolve([]);
    await until(2);
    asked[1].resolve([1, 2]);
    expect(await Promise.all(calls.slice(0, 2))).toEqual([item(1), item(2)]);
    await until(3);
    expect(asked.length).toBe(3);
    asked[2].resolve([3, 4, 5]);
    expect(await Promise.all(calls)).toEqual([1, 2, 3, 4].map(item));
    const last = [loop.next(), loop.next()];
    asked[3].resolve(undefined);
    expect(await Promise.all(last)).toEqual([item(5), END]);
    expect([await loop.next(), asked.length]).toEqual([END, 4]);
  });

  test('tells an error once, of a page or of an item, and goes on', async () => {
    const { asked, fetch, until } = pages();
    const loop = new PagedLoop(fetch, (value) => {
      if (value === 2) throw new RangeError('no 2');
      return value * 10;
    });
    const calls = Promise.allSettled(Array.from({ length: 4 }, () => loop.next()));
    asked[0].reject(new Error('no page'));
    await until(2);
    asked[1].resolve([1, 2, 3]);
    expect(await calls).toMatchObject([
      { reason: { message: 'no page' } },
      { value: item(10) },
      { reason: { message: 'no 2' } },
      { value: item(30) },
    ]);
    expect(await loop.return()).toEqual(END);
    expect([await loop.next(), asked.length]).toEqual([END, 2]);
  });
});

/** A loop over numbers whose work the test ends. */
function ahead(plan: Partial<AheadPlan<number, number>> = {}) {
  const work = new Map<number, { readonly end: Deferred<number>; readonly stop: AbortSignal }>();
  let read = 0;
  let returned = 0;
  const loop = new AheadLoop<number, number>({
    items: {
      [Symbol.iterator]: () => ({
        next: () => (read < 10 ? { done: false, value: ++read } : { done: true, value: undefined }),
        return: () => {
          returned++;
          return { done: true, value: undefined };
        },
      }),
    },
    isOrdered: true,
    buffer: 3,
    run: (value, stop) => {
      const end = new Deferred<number>();
      work.set(value, { end, stop });
      return end.promise;
    },
    ...plan,
  });
  const until = async (count: number) => {
    while (work.size < count) await turn();
  };
  const done = (value: number) => work.get(value)?.end.resolve(value * 10);
  return { loop, work, until, done, returned: () => returned };
}

describe('a loop over what is done somewhere else', () => {
  test('reads no more than its buffer ahead, and gives results in the order of the items', async () => {
    const { loop, work, until, done } = ahead();
    const calls = [loop.next(), loop.next()];
    await until(3);
    done(2);
    await turn();
    expect([...work.keys()]).toEqual([1, 2, 3]);
    done(1);
    expect(await Promise.all(calls)).toEqual([item(10), item(20)]);
    await until(5);
    await loop.return();
  });

  test('or as they come', async () => {
    const { loop, until, done } = ahead({ isOrdered: false });
    const calls = [loop.next(), loop.next()];
    await until(3);
    done(3);
    expect(await calls[0]).toEqual(item(30));
    done(1);
    expect(await calls[1]).toEqual(item(10));
    await loop.return();
  });

  test('that is left stops what is under way, tells those that wait of the end, and closes its source once', async () => {
    const { loop, work, until, returned } = ahead();
    const waiting = loop.next();
    await until(3);
    expect(await loop.return()).toEqual(END);
    expect([await waiting, await loop.next(), returned()]).toEqual([END, END, 1]);
    expect([...work.values()].map(({ stop }) => stop.aborted)).toEqual([true, true, true]);
    await expect(loop.throw(new Error('thrown'))).rejects.toThrow('thrown');
  });

  test('ends with the first error, of an item or of what begins its work', async () => {
    const { loop, work, until, done, returned } = ahead();
    const calls = Promise.allSettled([loop.next(), loop.next(), loop.next()]);
    await until(3);
    work.get(2)?.end.reject(new RangeError('no 2'));
    done(1);
    expect(await calls).toMatchObject([{ value: item(10) }, { reason: { message: 'no 2' } }, { value: END }]);
    expect([await loop.next(), returned()]).toEqual([END, 1]);
    const refused = ahead({
      run: () => {
        throw new TypeError('refused');
      },
    });
    await expect(refused.loop.next()).rejects.toThrow('refused');
    expect([await refused.loop.next(), refused.returned()]).toEqual([END, 1]);
  });

  test('tells that error, not what its source throws at being closed', async () => {
    const items = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false as const, value: 1 }),
        return: () => {
          throw new Error('cannot close');
        },
      }),
    };
    const run = () => Promise.reject(new RangeError('no 1'));
    await expect(ahead({ items, run }).loop.next()).rejects.toThrow('no 1');
    const { loop, until } = ahead({ items });
    void loop.next();
    await until(1);
    await expect(loop.return()).rejects.toThrow('cannot close');
  });

  test('ends with the reason of its signal, whatever is there', async () => {
    const stop = new AbortController();
    const { loop, work, until, done } = ahead({ signal: stop.signal });
    const first = loop.next();
    await until(3);
    done(1);
    done(2);
    expect(await first).toEqual(item(10));
    await turn();
    stop.abort(new Error('enough'));
    await expect(loop.next()).rejects.toThrow('enough');
    expect([await loop.next(), work.get(3)?.stop.reason]).toEqual([END, stop.signal.reason]);
    await expect(ahead({ signal: stop.signal }).loop.next()).rejects.toThrow('enough');
  });
});
