// gevent's sleep(0) gives way to the others: a turn of the event loop. spawn() is calling an async function, joinall() is
// Promise.all(). Nothing has to be patched, as nothing of Node blocks by itself.
import { setImmediate as giveWay } from 'node:timers/promises';
import { isMain } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'Giving way to the others',
  seed: '826–841',
  proof({ lines }) {
    prove('the lines', lines, ['www.baidu.com', 'www.zhihu.com', 'end the baidu.com', 'end th zhihu.com']);
  },
};

async function fun1(): Promise<void> {
  console.log('www.baidu.com'); // first
  await giveWay();
  console.log('end the baidu.com'); // third
}

async function fun2(): Promise<void> {
  console.log('www.zhihu.com'); // second
  await giveWay();
  console.log('end th zhihu.com'); // fourth
}

if (isMain(import.meta)) await Promise.all([fun1(), fun2()]);
