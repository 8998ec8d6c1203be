import { Queue } from '@mp/queue';
import { SharedMemory } from '@mp/shared';

/** @param context `sizes`: bytes by the name of the work; `options.copy`: the bytes themselves, not a handle of them */
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
        back.putSync((content instanceof Uint8Array ? content : new Uint8Array(content.buffer)).at(-1));
        content.close?.();
      }
    },
  };
}

function queues({ address }) {
  return { there: new Queue({ name: `${address}.there` }), back: new Queue({ name: `${address}.back` }) };
}

function filled(size) {
  const memory = SharedMemory.create({ size });
  Buffer.from(memory.buffer).fill(7);
  return memory;
}
