import { LIMIT_MS, sampled } from '@mp/testing';
import type { Bounds, Mutant } from '@mp/testing/model';
import { describe, expect, test } from 'vitest';
import { explorer, isWide } from './model/explorer.ts';

/*
 * The sources of the locks under every order in which two or three threads can take turns: docs/decisions/006 says
 * what that covers. `npm run model` goes further, for minutes.
 */
/** Two more turns out of order, and some millions of states at most. */
function wider({ preemptions }: Bounds): Bounds {
  if (!isWide) return {};
  return { most: 3_000_000, ...(preemptions !== undefined && { preemptions: preemptions + 2 }) };
}

for (const file of ['lock', 'rlock', 'rwlock', 'condition', 'semaphore', 'event', 'barrier']) {
  const scenarios = explorer(file);
  for (const name of isWide ? scenarios.names : sampled(scenarios.names, (each) => each)) {
    test(name, { timeout: isWide ? 3_600_000 : LIMIT_MS }, () => {
      const found = scenarios.explore(name, wider);
      if (isWide) console.log(`${name}: ${JSON.stringify(found)}`);
      expect(found.failure).toBeUndefined();
      expect(found.states).toBeGreaterThan(100);
      if (!isWide) expect(found.complete).toBe(true);
    });
  }
}

/** A fault of the kind that such code has, where it is put, and a scenario that meets it. */
interface Fault {
  what: string;
  mutants: Mutant[];
  file: string;
  scenario: string;
  finds: string;
  bounds?: Bounds;
}

const FAULTS: Fault[] = [
  {
    what: 'a waiter that announces itself after it has looked',
    mutants: [
      { file: 'core/wait-line.ts', from: '    this.#waiters.announce();\n', to: '' },
      {
        file: 'core/wait-line.ts',
        from: '      if (agent.sleep(',
        to: '      this.#waiters.announce();\n      if (agent.sleep(',
      },
    ],
    file: 'lock',
    scenario: 'Lock: two threads',
    finds: 'nobody goes on',
  },
  {
    what: 'a wake before the store that it is about',
    mutants: [
      {
        file: 'core/waiter-table.ts',
        from: '      change();\n      if (this.announced && this.notify(count) === 0) this.settle();',
        to: '      if (this.announced && this.notify(count) === 0) this.settle();\n      change();',
      },
    ],
    file: 'event',
    scenario: 'Event: a thread waits',
    finds: 'nobody goes on',
  },
  {
    what: 'a ringer that reads the mode before it rings',
    mutants: [
      {
        file: 'core/agent.ts',
        from: '    if (Atomics.exchange(peer.words, RUNG, 1) === 1) return true;\n    const mode = Atomics.load(peer.words, MODE);',
        to: '    const mode = Atomics.load(peer.words, MODE);\n    if (Atomics.exchange(peer.words, RUNG, 1) === 1) return true;',
      },
    ],
    file: 'lock',
    scenario: 'Lock: two threads',
    finds: 'nobody goes on',
  },
  {
    what: 'an event loop that parks without looking once more',
    mutants: [
      {
        file: 'core/parking-lot.ts',
        from: '    if (this.#agent.answer()) this.#scan(false);\n    if (this.#refIsDue)',
        to: '    if (this.#refIsDue)',
      },
    ],
    file: 'semaphore',
    scenario: 'Semaphore: an event loop waits twice',
    finds: 'nobody goes on',
  },
  {
    what: 'a doorbell that clears its word after the scan',
    mutants: [
      {
        file: 'core/parking-lot.ts',
        from: '      this.#agent.answer();\n      return this.#scan(false);',
        to: '      const hasProgress = this.#scan(false);\n      this.#agent.answer();\n      return hasProgress;',
      },
    ],
    file: 'lock',
    scenario: 'Lock: three event loops',
    finds: 'nobody goes on',
    bounds: { preemptions: 3 },
  },
  {
    what: 'a waiter that leaves with the wake of another',
    mutants: [
      {
        file: 'core/waiter-table.ts',
        from: '    if ((before & NOTIFIED) !== 0) this.#wake(KIND_ANY, 1);\n    this.endNotify();',
        to: '    this.endNotify();',
      },
    ],
    file: 'lock',
    scenario: 'Lock: one of three gives up',
    finds: 'nobody goes on',
    bounds: { preemptions: 2 },
  },
  {
    what: 'a chosen waiter that waits again only after it has tried',
    mutants: [
      { file: 'core/wait-line.ts', from: '      if (chosen) this.#waiters.beginTry(entry);\n', to: '' },
      {
        file: 'core/wait-line.ts',
        from: '      if (chosen && this.#entry === entry) this.#waiters.endTry(entry);',
        to: '      if (chosen) this.#waiters.beginTry(entry);\n      if (chosen) this.#waiters.endTry(entry);',
      },
    ],
    file: 'lock',
    scenario: 'Lock: three threads',
    finds: 'nobody goes on',
    bounds: { preemptions: 3 },
  },
  {
    what: 'a lock that is freed by a plain store',
    mutants: [
      {
        file: 'lock/mutex.ts',
        from: '    if (Atomics.compareExchange(this.#words, this.#base, this.#me, 0) === this.#me) return true;',
        to: '    Atomics.store(this.#words, this.#base, 0);\n    return true;',
      },
    ],
    file: 'lock',
    scenario: 'Lock: two threads',
    finds: 'nobody goes on',
  },
  {
    what: 'a lock that is taken from a dead owner by a plain store',
    mutants: [
      {
        file: 'lock/mutex.ts',
        from: '    return this.#take(word, word & ~(OWNER | STARVING));',
        to: '    Atomics.store(this.#words, this.#base, (word & ~(OWNER | STARVING)) | this.#me);\n    this.#floats[this.#float + TOKEN] += 1;\n    return true;',
      },
    ],
    file: 'lock',
    scenario: 'Lock: one of three threads is killed',
    finds: 'hold the lock',
    bounds: { looks: 1, mortal: [0], preemptions: 1 },
  },
  {
    what: 'a permit that is taken by two stores',
    mutants: [
      {
        file: 'lock/permits.ts',
        from: '      const found = Atomics.compareExchange(this.#words, COUNT, count, count - 1);\n      if (found === count) return COUNTED;',
        to: '      const found = Atomics.load(this.#words, COUNT);\n      Atomics.store(this.#words, COUNT, count - 1);\n      if (found === count) return COUNTED;',
      },
    ],
    file: 'semaphore',
    scenario: 'Semaphore: two threads, one permit',
    finds: 'permit',
  },
  {
    what: 'a notifier that does not say that it is under way',
    mutants: [
      {
        file: 'lock/mutex.ts',
        from: '    this.waiters.beginNotify();\n    try {\n      for (;;) {\n        // While',
        to: '    try {\n      for (;;) {\n        // While',
      },
    ],
    file: 'lock',
    scenario: 'Lock: two threads, one looks by itself',
    finds: 'a wake-up was lost',
  },
  {
    what: 'a rescue that is counted after a chosen waiter has tried in vain',
    mutants: [
      {
        file: 'core/waiter-table.ts',
        from: '    if (before !== undefined && this.quiet(entry) === before)',
        to: '    if (this.quiet(entry) !== undefined)',
      },
    ],
    file: 'lock',
    scenario: 'Lock: one of three gives up',
    finds: 'a wake-up was lost',
    bounds: { preemptions: 2, most: 1_000_000 },
  },
  {
    what: 'a barrier whose last party is not seen to be under way',
    mutants: [
      {
        file: 'lock/phases.ts',
        from: '      this.waiters.beginNotify();\n      try {\n        if (Atomics.comp',
        to: '      try {\n        if (Atomics.comp',
      },
      {
        file: 'lock/phases.ts',
        from: '        this.waiters.endNotify();\n      }\n    }\n    return undefined;',
        to: '      }\n    }\n    return undefined;',
      },
    ],
    file: 'barrier',
    scenario: 'Barrier: two parties, one looks by itself',
    finds: 'a wake-up was lost',
  },
  {
    what: 'an inner release that frees the lock',
    mutants: [
      { file: 'lock/hold.ts', from: '    if (this.#levels.length === 0) this.#lock', to: '    this.#lock' },
    ],
    file: 'rlock',
    scenario: 'RLock: two threads, each twice inside',
    finds: 'hold the lock',
  },
  {
    what: 'a reader that does not look for a writer again after it has counted itself',
    mutants: [
      {
        file: 'lock/read-write.ts',
        from: '    if (this.mutex.owner === 0) return this.#plainRead;\n    this.#leave();\n    return undefined;',
        to: '    return this.#plainRead;',
      },
    ],
    file: 'rwlock',
    scenario: 'RWLock: a reader and a writer',
    finds: 'is not alone',
  },
  {
    what: 'a reader that leaves without a wake for the writer',
    mutants: [
      {
        file: 'lock/read-write.ts',
        from: ' && this.drain.notify(1) === 0) this.drain.settle();',
        to: ') this.drain.settle();',
      },
    ],
    file: 'rwlock',
    scenario: 'RWLock: a reader and a writer',
    finds: 'nobody goes on',
  },
  {
    what: 'a condition that gives up its lock before it takes its ticket',
    mutants: [
      {
        file: 'lock/condition.ts',
        from: '    const ticket = this.#tickets.take();\n    this.#waits.add(ticket);\n    this.lock.suspend(held);',
        to: '    this.lock.suspend(held);\n    const ticket = this.#tickets.take();\n    this.#waits.add(ticket);',
      },
    ],
    file: 'condition',
    scenario: 'Condition: a thread waits for another',
    finds: 'nobody goes on',
  },
  {
    what: 'a notifier that rings before it marks the ticket',
    mutants: [
      {
        file: 'lock/tickets.ts',
        from: '        if (Atomics.compareExchange(words, at, state, state | MARKED) !== state) continue;\n        this.waiters.summon(state);',
        to: '        this.waiters.summon(state);\n        if (Atomics.compareExchange(words, at, state, state | MARKED) !== state) continue;',
      },
    ],
    file: 'condition',
    scenario: 'Condition: a thread waits for another',
    finds: 'nobody goes on',
  },
];

describe('the exploration finds', () => {
  for (const { what, mutants, file, scenario, finds, bounds = {} } of sampled(
    FAULTS,
    (fault) => fault.what,
  )) {
    test(what, () => {
      expect(explorer(file, mutants).explore(scenario, () => bounds).failure ?? 'nothing').toContain(finds);
    });
  }
});
