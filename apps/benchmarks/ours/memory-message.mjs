import { Queue } from '@mp/queue';
import { SharedMemory } from '@mp/shared';

/**
 * @param context `sizes`: bytes by the name of the work; `options.copy`: the bytes themselves, not a handle of them;
 * `options.onlySize`: of a handle the other side asks the size, as a process does that passes it on
 */
export async function near(context) {
  const { there, back } = queues(context);
  await context.startProcess();
  await context.far.order('echo', 0);
  const contents = Object.entries(context.sizes).map(([work, size]) => [
    work,
    context.options.copy ? Buffer.alloc(size, 7) : filled(size),
  ]);
  const works = contents.map(([work, content]) => [
    work,
    (count) => {
      for (let turn = 0; turn < count; turn++) {
        there.putSync(content);
        back.getSync();
      }
    },
  ]);
  return {
    ...Object.fromEntries(works),
    close() {
      for (const [, content] of contents) content.close?.();
      there.unlink();
      back.unlink();
    },
  };
}

export function far(context) {
  const { there, back } = queues(context);
  return {
    echo() {
      for (;;) {
        const content = there.getSync();
        back.putSync(context.options.onlySize ? content.size : lastByte(content));
        content.close?.();
      }
    },
  };
}

function lastByte(content) {
  return (content instanceof Uint8Array ? content : new Uint8Array(content.buffer)).at(-1);
}

function queues({ address }) {
  return { there: new Queue({ name: `${address}.there` }), back: new Queue({ name: `${address}.back` }) };
}

function filled(size) {
  const memory = SharedMemory.create({ size });
  Buffer.from(memory.buffer).fill(7);
  return memory;
}
