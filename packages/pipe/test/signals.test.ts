import { eventually, leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';
import { pipePair } from './connection-peer.ts';

leakCheck();

const SIGNALS = 20;

test.each(['sync', 'async'])('signals break no wait of a process that handles them (%s)', async (how) => {
  const { here, there } = await pipePair('process');
  const method = (name: string) => (how === 'sync' ? `${name}Sync` : name);
  const disturb = () => {
    for (let count = 0; count < SIGNALS; count++) process.kill(there.fixture.pid, 'SIGUSR2');
  };
  await there.begin({ do: 'call', call: method('recv'), args: [{ timeout: 20_000 }] });
  disturb();
  await here.send('received');
  expect(await there.answer()).toMatchObject({ value: 'received' });

  await there.begin({ do: 'call', call: method('poll'), args: [{ timeout: 100 }] });
  disturb();
  const { value, elapsed } = await there.answer();
  expect([value, (elapsed as number) >= 95]).toEqual([false, true]);

  await there.begin({ do: 'produce', how, count: 3, size: 1 << 20 });
  disturb();
  for (let id = 0; id < 3; id++) expect(await here.recv({ timeout: 20_000 })).toMatchObject({ id });
  expect(await there.answer()).toMatchObject({ value: 3 });

  // A handler is JavaScript: it runs once the thread is back in its event loop.
  await eventually('a handler has run', async () => {
    there.say({ do: 'signals' });
    return ((await there.answer()).value as number) > 0;
  });
  here.close();
  await there.end();
});
