import { Manager, task } from '@mp/manager';
import { ownTask } from '@mp/process/internal';
import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

test('a server made by serve() runs tasks of its program, and none of these packages', async () => {
  const authKey = 'a key';
  const server = await Manager.serve({ host: '127.0.0.1', port: 0 }, { authKey });
  const manager = await Manager.connect(server.address, { authKey });
  const dict = await manager.dict();
  const theirs = task(import.meta, () => 'of the program', { name: 'theirs' });
  const ours = ownTask(import.meta, () => 'of a package', { name: 'ours' });
  expect(await dict.update(theirs)).toBe('of the program');
  await expect(dict.update(ours)).rejects.toMatchObject({ code: 'ERR_MP_TASK_NOT_FOUND' });
  await manager.close();
  await server.shutdown();
});

test('a message of too many values ends the connection of its client, and of no other', async () => {
  const server = await Manager.serve({ path: '\0mp-values' }, { limits: { messageValues: 1_000 } });
  const [one, other] = [await Manager.connect(server.address), await Manager.connect(server.address)];
  const list = await one.list();
  await list.push(Array.from({ length: 900 }, () => null));
  await expect(list.push(Array.from({ length: 1_100 }, () => null))).rejects.toThrow(/more than 1000 values/);
  expect((await other.stats()).clients).toBe(2);
  for (const each of [one, other]) await each.close();
  await server.shutdown();
});
