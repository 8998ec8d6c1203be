import { type Segment, sweep, threadState } from '@mp/core/internal';
import { Queue } from '@mp/queue';
import { ShareableList, SharedMap, SharedMemory, SharedStruct, Value } from '@mp/shared';
import { leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

const TITLES = [
  'Value',
  'Value with a lock',
  'Value without a lock',
  'SharedArray',
  'SharedStruct',
  'SharedMemory',
  'ShareableList',
  'SharedMap',
];

test.each([
  ['Process', ['argument', 'queue', 'pipe', 'exit code', 'pool']],
  ['Thread', ['argument', 'queue', 'pipe', 'exit code']],
] as const)(
  'SHM-4, SHCT-1: all objects go to a %s and back, closed by each sender at once, and are the same',
  async (kind, channels) => {
    const program = spawnFixture(new URL('fixtures/shared-travel.mjs', import.meta.url), { args: [kind] });
    const lines = (await program.rest()).map((line) => JSON.parse(line));
    expect(await program.exited, program.stderr).toEqual({ code: 0, signal: null });
    const line = (channel: string, isNamed: boolean) => {
      if (channel === 'exit code') return [channel, 0];
      const named = (title: string) =>
        isNamed ? `travels-${kind}-${channel}-${title.replaceAll(' ', '-')}` : '';
      return [channel, TITLES.map((title) => `${title.split(' ')[0]} ${named(title)} 2`)];
    };
    expect(lines).toEqual([false, true].flatMap((isNamed) => channels.map((each) => line(each, isNamed))));
    expect(program.stderr).toBe('');
  },
);

test('SHM-3: what is on its way is there when its name was given up, and goes with its last user', async () => {
  const makers = [
    (name: string) => SharedMemory.create({ name, size: 8 }),
    (name: string) => new SharedMap({ name }),
    (name: string) => new Value('i32', 0, { name }),
    (name: string) => new SharedStruct({ n: 'i32' }, { name }),
    (name: string) => new ShareableList([1], { name }),
  ];
  const queue = new Queue<{ name?: string; close(): void; unlink(): boolean }>();
  for (const [index, make] of makers.entries()) {
    const object = make(`flying-${index}`);
    await queue.put(object);
    expect(object.unlink(), object.constructor.name).toBe(false);
    const received = await queue.get();
    expect([received.constructor, received.name]).toEqual([object.constructor, `flying-${index}`]);
    expect(received.unlink(), object.constructor.name).toBe(true);
    // It was the last one: the next of that name is another one.
    const again = make(`flying-${index}`);
    expect((again as { created: boolean }).created).toBe(true);
    again.unlink();
  }
  queue.close();
});

test('the sweep leaves what is only on its way', async () => {
  const queue = new Queue<SharedMap<string, string> | SharedMemory>();
  for (const options of [{}, { name: 'swept-map' }]) {
    const map = new SharedMap<string, string>(options);
    map.set('small', 'x').set('large', 'y'.repeat(2_000_000));
    const memory = SharedMemory.create({ size: 10_000, ...(options.name && { name: 'swept-memory' }) });
    new Uint8Array(memory.buffer)[9_999] = 5;
    await queue.put(map);
    await queue.put(memory);
    for (const each of [map, memory]) each.close();
    sweep();
    const [again, same] = [(await queue.get()) as SharedMap, (await queue.get()) as SharedMemory];
    expect([again.get('small'), again.get('large')]).toEqual(['x', 'y'.repeat(2_000_000)]);
    expect(new Uint8Array(same.buffer)[9_999]).toBe(5);
    for (const each of [again, same]) each.close();
  }
  queue.close();
});

test('a view of a SharedMemory in a message is the same pages', async () => {
  const memory = SharedMemory.create({ size: 10_000 });
  const queue = new Queue<Int32Array | Buffer>();
  await queue.put(new Int32Array(memory.buffer, 8, 4));
  await queue.put(Buffer.from(memory.buffer, 9_000, 100));
  const [numbers, bytes] = [(await queue.get()) as Int32Array, (await queue.get()) as Buffer];
  expect([numbers.length, bytes.length]).toEqual([4, 100]);
  numbers[1] = 5;
  bytes[0] = 7;
  expect(new Int32Array(memory.buffer, 0, 4)[3]).toBe(5);
  expect(new Uint8Array(memory.buffer)[9_000]).toBe(7);
  // Nobody else has a name for the pages of views that came alone: they go when they are collected, or so.
  for (const view of [numbers, bytes]) (threadState.segmentBuffers.get(view.buffer) as Segment).close();
  memory.close();
  queue.close();
});
