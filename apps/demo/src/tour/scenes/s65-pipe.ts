// A pipe that goes both ways between two processes, and one that goes one way. An end that is passed on is moved: it is
// closed here, where Python keeps a copy of it.
import { type Connection, pipe } from '@mp/pipe';
import { isMain, Process, task } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'Pipes',
  seed: '1819–1855',
  proof({ lines }) {
    prove('the lines', lines, [
      'proc2 rec: hello',
      'proc1 rec: hello, too',
      'one way: a word',
      'the other way: refused',
    ]);
  },
};

export const proc1 = task(import.meta, async (end: Connection) => {
  await end.send('hello');
  console.log(`proc1 rec: ${await end.recv()}`);
});

export const proc2 = task(import.meta, async (end: Connection) => {
  console.log(`proc2 rec: ${await end.recv()}`);
  await end.send('hello, too');
});

if (isMain(import.meta)) {
  const [left, right] = pipe();
  const p1 = new Process({ target: proc1, args: [left] });
  const p2 = new Process({ target: proc2, args: [right] });
  p1.start();
  p2.start();
  prove('both ends are closed here', [left.closed, right.closed], [true, true]);
  await p1.join();
  await p2.join();

  const [reader, writer] = pipe({ duplex: false });
  await writer.send('a word');
  console.log(`one way: ${await reader.recv()}`);
  const refusal = await reader.send('another').then(
    () => 'sent',
    () => 'refused',
  );
  console.log(`the other way: ${refusal}`);
}
