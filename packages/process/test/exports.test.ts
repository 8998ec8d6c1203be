import { availableParallelism } from 'node:os';
import * as everything from '@mp/process';
import { leakCheck } from '@mp/testing';
import { expect, it } from 'vitest';

leakCheck();

it('every name that is promised is there, and no other', () => {
  const kinds = Object.entries(everything).map(([name, value]) => [name, typeof value]);
  expect(kinds.sort()).toEqual(
    [
      'MpError',
      'Process',
      'RemoteError',
      'SerializationError',
      'Thread',
      'activeChildren',
      'cpuCount',
      'currentProcess',
      'getLogger',
      'inline',
      'isMain',
      'keepSpares',
      'logToStderr',
      'parentProcess',
      'task',
    ].map((name) => [name, 'function']),
  );
});

it('cpuCount() is how many processes can run at once', () => {
  const count = everything.cpuCount();
  expect(Number.isInteger(count) && count >= 1).toBe(true);
  expect(count).toBe(availableParallelism());
});
