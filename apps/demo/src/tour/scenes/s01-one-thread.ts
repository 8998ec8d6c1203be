// Music, and then a film: one thread does one thing after the other, so the times add up. Times are a tenth of the
// article's, here and in all scenes, and the clock times that it prints beside each line are left out.
import { setTimeout as sleep } from 'node:timers/promises';
import { isMain } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'One thread',
  seed: '27–46',
  proof({ lines }) {
    prove('the lines', lines, [
      'listen music  trouble is a friend.',
      'listen music  trouble is a friend.',
      'watch movie!  变形金刚.',
      'watch movie!  变形金刚.',
      'all over',
    ]);
  },
};

async function music(title: string): Promise<void> {
  for (let i = 0; i < 2; i++) {
    console.log(`listen music  ${title}.`);
    await sleep(100);
  }
}

async function movie(title: string): Promise<void> {
  for (let i = 0; i < 2; i++) {
    console.log(`watch movie!  ${title}.`);
    await sleep(500);
  }
}

if (isMain(import.meta)) {
  const since = performance.now();
  await music('trouble is a friend');
  await movie('变形金刚');
  console.log('all over');
  // A timer may be early by a millisecond.
  prove('it takes the sum of the times', performance.now() - since >= 1200 - 4, true);
}
