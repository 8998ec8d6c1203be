import { Queue, type QueueOptions } from '@mp/queue';
import type { Bounds, Model, Scenario, Shared } from '@mp/testing/model';
import { Ledger, OUTSIDER } from './ledger.ts';

export interface World {
  model: Model;
  open: Shared<Queue<number>>;
  ledger: Ledger;
  /** Fails when more items are in the queue than may be. */
  inspect(queue: Queue<number>): void;
}

export type Program = Scenario<World>['agents'][number];

/** Puts so many items, one after the other. */
export const put =
  (count: number): Program =>
  ({ model, open, ledger, inspect }, index) => {
    const queue = open();
    for (let number = 1; number <= count; number++) {
      const item = ledger.offer(index + 1, number);
      queue.putSync(item);
      ledger.isPut(item);
      inspect(queue);
      model.moment(number);
    }
  };

export const putAsync =
  (count: number): Program =>
  async ({ model, open, ledger, inspect }, index) => {
    const queue = open();
    for (let number = 1; number <= count; number++) {
      const item = ledger.offer(index + 1, number);
      await queue.put(item);
      ledger.isPut(item);
      inspect(queue);
      model.moment(number);
    }
  };

/** Puts two items at once. */
export const putTwo: Program = ({ open, ledger, inspect }, index) => {
  const queue = open();
  const items = [ledger.offer(index + 1, 1), ledger.offer(index + 1, 2)];
  queue.putManySync(items);
  for (const item of items) ledger.isPut(item);
  inspect(queue);
};

/** Gets so many items, one after the other. */
export const get =
  (count: number): Program =>
  ({ model, open, ledger }, index) => {
    const queue = open();
    for (let number = 1; number <= count; number++) {
      ledger.got(index, queue.getSync());
      model.moment(number);
    }
  };

export const getAsync =
  (count: number): Program =>
  async ({ model, open, ledger }, index) => {
    const queue = open();
    for (let number = 1; number <= count; number++) {
      ledger.got(index, await queue.get());
      model.moment(number);
    }
  };

/** Gets an item, or gives up at its deadline. */
export const getOrGiveUp: Program = ({ open, ledger }, index) => {
  try {
    ledger.got(index, open().getSync({ timeout: 5 }));
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_MP_TIMEOUT') throw error;
  }
};

/** Gets items until the queue is shut down and empty. */
export const getAll: Program = ({ model, open, ledger }, index) => {
  const queue = open();
  try {
    for (;;) {
      const item = queue.getSync();
      ledger.got(index, item);
      model.moment(item);
    }
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_MP_CLOSED') throw error;
  }
};

export const shutDown: Program = ({ open }) => {
  open().shutdown();
};

/** Leases an item and acknowledges it. */
export const leaseAndAck: Program = ({ model, open, ledger }, index) => {
  ledger.leases(index);
  const lease = open().leaseSync();
  ledger.leased(index, lease.value);
  model.moment(lease.value);
  lease.ack();
  ledger.acknowledged(lease.value);
};

/** Leases an item and gives it back. */
export const leaseAndRetry: Program = ({ model, open, ledger }, index) => {
  ledger.leases(index);
  const lease = open().leaseSync();
  ledger.leased(index, lease.value);
  model.moment(lease.value);
  ledger.givesBack(lease.value);
  lease.retry();
};

/** Leases an item if there is one, and gives it back. */
export const tryLeaseAndRetry: Program = ({ model, open, ledger }, index) => {
  ledger.leases(index);
  const lease = open().tryLease();
  if (lease === undefined) return;
  ledger.leased(index, lease.value);
  model.moment(lease.value);
  ledger.givesBack(lease.value);
  lease.retry();
};

/** The same, unless the queue is shut down before. */
export const orClosed =
  (program: Program): Program =>
  (world, index) => {
    try {
      program(world, index);
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_MP_CLOSED') throw error;
    }
  };

/** One after the other, by the same agent. */
export const both =
  (first: Program, second: Program): Program =>
  (world, index) => {
    first(world, index);
    second(world, index);
  };

interface Made {
  readonly options?: QueueOptions;
  /** Items that are in the queue from the beginning. */
  readonly before?: number;
  /** How many items may be left in it in the end, if nobody was killed. */
  readonly left?: number;
  /** Whether items that come back may be more than `maxSize`. */
  readonly mayExceed?: boolean;
  /** Items that the dead may have taken along. */
  readonly lost?: number;
  readonly bounds?: Bounds;
}

/** A scenario around one queue. */
export function scenario(name: string, agents: readonly Program[], made: Made): Scenario<World> {
  const { options = {}, before = 0, left = 0, lost = 0, mayExceed = false, bounds = {} } = made;
  const nobodyDies = bounds.kills === undefined;
  return {
    name: `Queue: ${name}`,
    agents,
    bounds,
    world: (model) => {
      const open = model.share(() => new Queue<number>(options));
      const ledger = new Ledger(model);
      for (let number = 1; number <= before; number++) {
        const item = ledger.offer(0, number);
        open().putSync(item);
        ledger.isPut(item);
      }
      const { maxSize = Infinity } = options;
      const inspect = (queue: Queue<number>) =>
        model.look(() => {
          // A size that is asked for after a death repairs what it counts.
          if (nobodyDies && !mayExceed && queue.size > maxSize) model.fail(`${queue.size} items are in it`);
        });
      return { model, open, ledger, inspect };
    },
    check: ({ model, open, ledger }) => {
      const queue = open();
      if (nobodyDies && queue.rescued !== 0) model.fail('a wake-up was lost');
      const { size } = queue;
      if (nobodyDies && size > left) model.fail(`${size} items are left, not ${left} at most`);
      let found = 0;
      try {
        for (let item = queue.tryGet(); item !== undefined; item = queue.tryGet()) {
          ledger.got(OUTSIDER, item);
          found++;
        }
      } catch (error) {
        if ((error as { code?: string }).code !== 'ERR_MP_CLOSED') throw error;
      }
      // What the dead had leased comes back only now.
      if (nobodyDies ? found !== size : found < size)
        model.fail(`size is ${size}, and ${found} items are in it`);
      ledger.end(lost);
      if (options.maxSize === undefined || queue.isShutdown) return;
      let space = 0;
      while (space <= options.maxSize && queue.tryPut(0)) space++;
      if (space !== options.maxSize) model.fail(`there is space for ${space} items, not ${options.maxSize}`);
    },
  };
}
