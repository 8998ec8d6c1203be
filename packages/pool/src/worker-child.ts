import { type Channel, thisAgent } from '@mp/core/internal';
import { Process, Thread } from '@mp/process';
import { type WorkerSettings, work } from './worker.ts';
import type { WorkerPlan } from './worker-plan.ts';

type Order = [channel: Channel, settings: WorkerSettings];

/** The process or thread of a worker. */
export type WorkerChild = Process<Order> | Thread<Order>;

/** Starts the process or thread that serves the other end of this channel. */
export function startChild(name: string, plan: WorkerPlan, channel: Channel): WorkerChild {
  const settings = {
    owner: thisAgent().id,
    hasInit: plan.init !== undefined,
    isCrowded: plan.isCrowded,
    mostMemory: plan.mostMemory,
  };
  const order = { target: work, args: [channel, settings] as Order, name, daemon: true };
  const child =
    plan.kind === 'thread'
      ? new Thread({ ...order, ...plan.childOptions } as never)
      : new Process({ ...order, stdio: ['ignore', 'inherit', 'pipe'], ...plan.childOptions } as never);
  child.start();
  return child as WorkerChild;
}
