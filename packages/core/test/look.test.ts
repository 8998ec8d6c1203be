import { mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  agentPageIn,
  Channel,
  describers,
  LookedAt,
  lookAt,
  lookForDirectory,
  PAGE_BYTES,
  Segment,
  sweepBy,
  thisAgent,
} from '@mp/core/internal';
import { described, leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

const directory = () => process.env.MP_DIR as string;

test('a look is a copy, of which no change is seen, and holds nothing', () => {
  const channel = Channel.create(4096);
  const { file } = channel.segment;
  const before = lookAt(directory(), file, 512)!;
  expect([before.size, before.bytes.length]).toEqual([channel.segment.bytes.length, 512]);
  channel.words[Channel.FREE] = 7;
  expect(before.words[Channel.FREE]).toBe(0);
  const opened = LookedAt.open(directory(), file)!;
  expect(opened.copy(512).words[Channel.FREE]).toBe(7);
  // Open, and all the same its last user is the last.
  channel.close();
  expect(readdirSync(directory())).not.toContain(file);
  expect(opened.copy(512).words[Channel.FREE]).toBe(7);
  opened.close();
  expect(lookAt(directory(), file, 512)).toBeUndefined();
});

test('it takes less when there is less, also of a size that is no multiple of a word, and no links or sockets', () => {
  writeFileSync(join(directory(), 's-short'), 'hello');
  expect(lookAt(directory(), 's-short', 512)!.bytes).toEqual(
    new Uint8Array([...Buffer.from('hello'), 0, 0, 0].map(Number)),
  );
  symlinkSync('s-short', join(directory(), 's-link'));
  expect(lookAt(directory(), 's-link', 512)).toBeUndefined();
  for (const file of ['s-short', 's-link']) rmSync(join(directory(), file));
  expect(lookAt(directory(), '.', 512)).toBeUndefined();
});

test('it leaves the time of access', () => {
  const path = join(directory(), 's-old');
  writeFileSync(path, 'hello');
  utimesSync(path, 1, 1);
  lookAt(directory(), 's-old', 512);
  expect(statSync(path).atimeMs).toBe(1000);
  rmSync(path);
});

test('satellites are looked at from their segment', () => {
  const segment = Segment.create({ kind: 'queue', version: 2, size: 512 });
  const { number, segment: satellite } = segment.createSatellite({ kind: 'ring', version: 1, size: 1024 });
  satellite.words[100] = 5;
  const look = lookAt(directory(), segment.file, 256)!;
  expect(look.satellite(number, 512)?.words[100]).toBe(5);
  expect(look.satellite(number + 1, 512)).toBeUndefined();
  satellite.closeAndUnlink();
  segment.close();
});

test('the page of an agent, and a channel', async () => {
  const { id } = thisAgent();
  expect(agentPageIn(lookAt(directory(), `a-${id}`, PAGE_BYTES)!)).toEqual({
    agent: id,
    pid: process.pid,
    threadId: 0,
    mode: 'awake',
    rung: false,
  });
  const maker = Channel.create(4096);
  const other = Channel.attach(maker.segment.file);
  maker.send(Buffer.from('four'), 0);
  maker.send(Buffer.from('and six'), 0);
  other.send(Buffer.from('back'), 0);
  const told = described(describers, maker.segment.file);
  expect(told).toMatchObject({
    state: 'open',
    measures: { depth: 2, bytes: 11 },
    counters: { orders: 2, answers: 1, rescued: 0 },
    details: { answersNotTaken: 1 },
    waiters: [],
  });
  const record = other.peek();
  if (record) other.take(record);
  const waiting = maker.line.wait(() => undefined, performance.now() + 20);
  expect(described(describers, maker.segment.file)).toMatchObject({
    measures: { depth: 1 },
    waiters: [{ agent: id, for: 'receive answers', chosen: false }],
  });
  await waiting;
  other.close();
  maker.close();
});

test('the directory is found without being made', () => {
  expect(lookForDirectory(directory())).toEqual({ path: directory(), exists: true });
  const missing = join(directory(), 'none');
  expect(lookForDirectory(missing)).toEqual({ path: missing, exists: false });
  expect(lookForDirectory('relative')).toMatchObject({
    problem: expect.stringContaining('must be absolute'),
  });
  writeFileSync(missing, '');
  expect(lookForDirectory(missing)).toMatchObject({
    exists: true,
    problem: expect.stringContaining('not a directory'),
  });
  rmSync(missing);
  const place = mkdtempSync('/dev/shm/mp-test-look-');
  expect(lookForDirectory(place)).toEqual({ path: place, exists: true });
  expect(readdirSync(place)).toEqual([]);
  symlinkSync('posix-1', join(place, '.native'));
  expect(lookForDirectory(place)).toMatchObject({
    exists: true,
    problem: expect.stringContaining('processes with posix-1 use it'),
  });
  rmSync(place, { recursive: true });
});

test('the table of a sweep works with any broom', () => {
  for (const file of ['a-5', 'd-5', 's-abc+1', 'n-kept', 's-0123'])
    writeFileSync(join(directory(), file), '');
  const asked: string[] = [];
  const note = (verb: string, isGone: boolean) => (file: string) => {
    if (!file.includes('mp-test')) asked.push(`${verb} ${file}`);
    return isGone;
  };
  const broom = {
    unlink: note('unlink', true),
    remove: note('remove', true),
    removeLeft: note('left', false),
  };
  const files = ['a-5', 'd-5', 's-abc+1', 'n-kept', 's-0123', `a-${thisAgent().id}`];
  expect(sweepBy(directory(), broom, files)).toEqual(['a-5', 'd-5', 's-abc+1', 's-0123']);
  expect(asked).toEqual(['unlink a-5', 'unlink d-5', 'unlink s-abc+1', 'left n-kept', 'remove s-0123']);
  for (const file of files.slice(0, -1)) rmSync(join(directory(), file));
});
