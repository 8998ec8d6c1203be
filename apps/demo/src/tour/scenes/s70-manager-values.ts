// A value, an array and a list in the process of a manager, which a child changes. Python assigns to `x.value` and `arr[0]`; here
// a proxy has methods, which give promises. A value needs no code for its type.
import { isMain, Manager, type RemoteArray, type RemoteList, type RemoteValue, task } from '@mp/manager';
import { Process } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'Value, Array and list of a manager',
  seed: '1972–1994',
  proof: ({ lines }) => prove('the lines', lines, ['3.14', '[5, 1, 2, 3, 4, 5, 6, 7, 8, 9]', "['Hello']"]),
};

export const f = task(
  import.meta,
  async (x: RemoteValue<number>, arr: RemoteArray<'i'>, l: RemoteList<string>) => {
    await x.set(3.14);
    await arr.set(0, 5);
    await l.push('Hello');
  },
);

if (isMain(import.meta)) {
  const server = await Manager.start();
  const x = await server.value(0.0);
  const arr = await server.array('i', Array(10).keys());
  const l = await server.list<string>();

  const proc = new Process({ target: f, args: [x, arr, l] });
  proc.start();
  await proc.join();

  console.log(String(await x.get()));
  console.log(`[${(await arr.toArray()).join(', ')}]`);
  console.log(`['${(await l.toArray()).join("', '")}']`);
  await server.close();
}
