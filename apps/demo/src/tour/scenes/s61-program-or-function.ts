// What a subprocess cannot do, and a Process can. A program is started with words and exchanges text; a Process runs a
// function of this program, with objects as arguments, and sends objects back.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { isMain, Process, task } from '@mp/process';
import { Queue } from '@mp/queue';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'A program, or a function',
  seed: '1752–1758',
  proof({ lines }) {
    prove('the lines', lines, ['program: text "6 7"', 'function: objects, 42 at "6 * 7"']);
  },
};

export const multiply = task(import.meta, async (pairs: Set<[number, number]>, answer: Queue<unknown>) => {
  const products = new Map<string, number>();
  for (const [a, b] of pairs) products.set(`${a} * ${b}`, a * b);
  await answer.put({ products, at: new Date(0) });
});

if (isMain(import.meta)) {
  const { stdout } = await promisify(execFile)('echo', ['6', '7']);
  console.log(`program: text "${stdout.trim()}"`);

  const answer = new Queue<{ products: Map<string, number>; at: Date }>();
  const p = new Process({ target: multiply, args: [new Set<[number, number]>([[6, 7]]), answer] });
  p.start();
  const { products, at } = await answer.get();
  console.log(`function: objects, ${products.get('6 * 7')} at "6 * 7"`);
  prove('what came back', { products, at }, { products: new Map([['6 * 7', 42]]), at: new Date(0) });
  await p.join();
}
