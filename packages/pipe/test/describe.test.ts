import { readdirSync } from 'node:fs';
import { thisAgent } from '@mp/core/internal';
import { pipe } from '@mp/pipe';
import { describers } from '@mp/pipe/internal';
import { described, leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

test('a pipe: the owners of its ends, what is on its way, and who waits', async () => {
  const [left, right] = pipe();
  const [file] = readdirSync(process.env.MP_DIR as string).filter((each) => each.startsWith('s-'));
  const say = () => described(describers, file);
  const agent = thisAgent().id;
  left.sendBytesSync(Buffer.from('hello'));
  expect(say()).toMatchObject({
    state: 'open',
    holders: [
      { agent, role: 'left end' },
      { agent, role: 'right end' },
    ],
    measures: { depth: 1, bytes: 5 },
    counters: { leftSent: 1, rightSent: 0, leftBytes: 5, rescued: 0 },
    details: { duplex: true, leftToRight: 1, rightToLeft: 0 },
  });
  const receiving = left.recv();
  expect(say().waiters).toEqual([{ agent, for: 'receive at the left end', chosen: false }]);
  right.sendSync(1);
  expect(await receiving).toBe(1);
  left.close();
  expect(say()).toMatchObject({ state: 'closed | open', holders: [{ role: 'right end' }] });
  right.close();
});
