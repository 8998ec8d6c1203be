import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { Segment, type SegmentPlan, thisAgent } from '@mp/core/internal';
import {
  eventually,
  type Holdings,
  holdings,
  isRunning,
  leakCheck,
  leaksSince,
  spawnFixture,
} from '@mp/testing';
import { beforeEach, expect, test } from 'vitest';

leakCheck();

const PLAN: SegmentPlan = { kind: 'value', version: 1, size: 4096 };

let before: Holdings;
const leaks = () => leaksSince(before, process.env.MP_DIR!);
beforeEach(() => {
  before = holdings();
});

test('nothing is leaked by doing nothing', () => {
  expect(leaks()).toEqual([]);
});

test('a segment is a leak until it is closed', () => {
  const segment = Segment.create(PLAN);
  expect(leaks()).toEqual([expect.stringMatching(/^file s-[0-9a-f]+ in the segment directory$/)]);
  segment.close();
  expect(leaks()).toEqual([]);
});

test('a named segment is a leak until it is removed', () => {
  Segment.openNamed('leaks', PLAN).segment.close();
  expect(leaks()).toEqual(['file n-leaks in the segment directory']);
  Segment.removeNamed('leaks');
  expect(leaks()).toEqual([]);
});

test('the agent of this thread is no leak', () => {
  thisAgent();
  expect(leaks()).toEqual([]);
});

test('what a killed process left is swept, not reported', async () => {
  const holder = spawnFixture(new URL('./fixtures/hold-segment.mjs', import.meta.url));
  expect(await holder.line()).toBe('held');
  // Beside the sockets of its stdio.
  expect(
    leaks()
      .filter((each) => !each.startsWith('descriptor'))
      .sort(),
  ).toEqual([
    expect.stringMatching(/^file a-/),
    expect.stringMatching(/^file s-/),
    expect.stringContaining(`process ${holder.pid}: `),
  ]);
  await holder.kill();
  await eventually('the locks of the dead are gone', () => leaks().length === 0);
});

test('an open file and a socket are leaks', async () => {
  const file = openSync('/dev/zero', 'r');
  const socket = createSocket('udp4').bind(0);
  await once(socket, 'listening');
  expect(leaks().sort()).toEqual([
    'descriptor to /dev/zero',
    expect.stringContaining('descriptor to socket:['),
  ]);
  closeSync(file);
  await new Promise<void>((resolve) => socket.close(resolve));
  expect(leaks()).toEqual([]);
});

test('a second descriptor to an open file is a leak', () => {
  const first = openSync('/dev/zero', 'r');
  before = holdings();
  const second = openSync('/dev/zero', 'r');
  expect(leaks()).toEqual(['descriptor to /dev/zero']);
  closeSync(first);
  expect(leaks()).toEqual([]);
  closeSync(second);
});

test('a child is a leak, and so is its orphan', async () => {
  // The shell ends and leaves its own child behind, which nobody is the parent of.
  const shell = spawn('/bin/sh', ['-c', 'sleep 60 & echo $!'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [output] = (await once(shell.stdout, 'data')) as [Buffer];
  const orphan = Number(output.toString());
  await once(shell, 'exit');
  shell.stdout.destroy();
  await eventually('only the orphan is left', () => leaks().join() === `process ${orphan}: sleep 60`);
  process.kill(orphan, 'SIGKILL');
  await eventually('the orphan is gone', () => !isRunning(orphan));

  const child: ChildProcess = spawn('sleep', ['60'], { stdio: 'ignore' });
  expect(leaks()).toEqual([`process ${child.pid}: sleep 60`]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(leaks()).toEqual([]);
});

test('a file of unknown origin is a leak', () => {
  const path = `${process.env.MP_DIR}/stray`;
  writeFileSync(path, '');
  expect(leaks()).toEqual(['file stray in the segment directory']);
  rmSync(path);
});
