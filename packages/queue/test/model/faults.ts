import type { Bounds, Mutant } from '@mp/testing/model';

/** A fault of the kind that such code has, where it is put, and a scenario that meets it. */
export interface Fault {
  what: string;
  mutants: Mutant[];
  file: string;
  scenario: string;
  finds: string;
  bounds?: Bounds;
}

export const FAULTS: Fault[] = [
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
    file: 'flow',
    scenario: 'Queue: a thread puts, another gets',
    finds: 'nobody goes on',
    bounds: { preemptions: 2 },
  },
  {
    what: 'an event loop that does not look again after it has announced itself',
    mutants: [
      {
        file: 'core/wait-line.ts',
        from: '    this.#enter();\n    this.serve(false);\n',
        to: '    this.#enter();\n',
      },
    ],
    file: 'flow',
    scenario: 'Queue: event loops put two and get two',
    finds: 'nobody goes on',
    bounds: { preemptions: 1 },
  },
  {
    what: 'a put that rings before it commits',
    mutants: [
      {
        file: 'queue/put-side.ts',
        from: '      if (getWaiters.announced && getWaiters.notify(pendingPut.count) === 0) getWaiters.settle();\n',
        to: '',
      },
      {
        file: 'queue/put-side.ts',
        from: '        state.ring.commit();\n',
        to: '        if (getWaiters.announced && getWaiters.notify(pendingPut.count) === 0) getWaiters.settle();\n        state.ring.commit();\n',
      },
    ],
    file: 'flow',
    scenario: 'Queue: a thread puts, another gets',
    finds: 'nobody goes on',
    bounds: { preemptions: 1 },
  },
  {
    what: 'a put that does not look for space again under the latch',
    mutants: [
      {
        file: 'queue/put-side.ts',
        from: '        if (!state.hasSpace(pendingPut.count, pendingPut.bytes)) return undefined;\n',
        to: '',
      },
    ],
    file: 'flow',
    scenario: 'Queue: two threads put, one gets',
    finds: '2 items are in it',
  },
  {
    what: 'a put that is woken without enough space and wakes nobody',
    mutants: [
      {
        file: 'queue/waits.ts',
        from: '      if (got === undefined && reason === CHOSEN && leavesSome?.()) this.line.wakeNext();\n',
        to: '',
      },
    ],
    file: 'flow',
    scenario: 'Queue: a put of two that is woken for one wakes the next one',
    finds: 'nobody goes on',
  },
  {
    what: 'a get that shows its space before it says that a wake is on its way',
    mutants: [
      {
        file: 'queue/get-side.ts',
        from: '        if (waited) putWaiters.beginNotify();\n        ring.take(record);',
        to: '        ring.take(record);\n        if (waited) putWaiters.beginNotify();',
      },
    ],
    file: 'flow',
    scenario: 'Queue: a thread waits for space, one looks by itself',
    finds: 'a wake-up was lost',
  },
  {
    what: 'a latch that is let go without a wake for those that met it',
    mutants: [
      {
        file: 'queue/latch.ts',
        from: '    if (this.#waiters.announced) this.#waiters.notify(1);\n',
        to: '',
      },
    ],
    file: 'flow',
    scenario: 'Queue: one thread puts two at once, two get',
    finds: 'nobody goes on',
  },
  {
    what: 'a side of the ring that writes into the slot that others read',
    mutants: [
      {
        file: 'core/record-ring.ts',
        from: '    const slot = at + SLOTS + (~commit & 1) * SLOT;',
        to: '    const slot = at + SLOTS + (commit & 1) * SLOT;',
      },
      { file: 'core/record-ring.ts', from: '| (~commit & 1) | 0);', to: '| (commit & 1) | 0);' },
    ],
    file: 'death',
    scenario: 'Queue: one of two threads that put is killed',
    finds: 'agent',
  },
  {
    what: 'a lease that shows its space before it says that a wake is on its way',
    mutants: [
      {
        file: 'queue/latched-store.ts',
        from: '        for (const waiters of waited) waiters.beginNotify();\n        owed = store.begin();',
        to: '        owed = store.begin();',
      },
      {
        file: 'queue/latched-store.ts',
        from: '        store.end();\n',
        to: '        store.end();\n        for (const waiters of waited) waiters.beginNotify();\n',
      },
    ],
    file: 'lease',
    scenario: 'Queue: a thread leases, one looks by itself',
    finds: 'a wake-up was lost',
  },
  {
    what: 'an item that comes back and wakes nobody',
    mutants: [
      {
        file: 'queue/latched-store.ts',
        from: '    if (back > 0 && getWaiters.announced) wake(getWaiters, back);\n',
        to: '',
      },
    ],
    file: 'lease',
    scenario: 'Queue: an item that is leased and given back',
    finds: 'nobody goes on',
    bounds: { preemptions: 1 },
  },
  {
    what: 'a get that passes over what came back',
    mutants: [
      {
        file: 'queue/get-side.ts',
        from: '    if (!this.#sorts && this.#words[READY] === 0) {',
        to: '    if (!this.#sorts) {',
      },
    ],
    file: 'lease',
    scenario: 'Queue: an item that is given back while others are taken',
    finds: 'nobody goes on',
    bounds: { preemptions: 1 },
  },
  {
    what: 'a shutdown that wakes nobody',
    mutants: [
      {
        file: 'queue/queue-state.ts',
        from: '      for (const waiters of tables) waiters.notify(WAITERS_CAPACITY);\n',
        to: '',
      },
    ],
    file: 'ends',
    scenario: 'Queue: two threads get until the queue is shut down',
    finds: 'nobody goes on',
  },
  {
    what: 'a get that takes a queue for ended while an item is on its way into a lease',
    mutants: [
      {
        file: 'queue/latched-store.ts',
        from: '    this.#latch.lock();\n    const isSpent = state.isEmpty && this.#words[LEASED] === 0 && (this.#words[READY] & DIRTY) === 0;\n    this.#latch.unlock();\n    return isSpent;\n',
        to: '    return true;\n',
      },
    ],
    file: 'ends',
    scenario: 'Queue: a queue is shut down before an item comes back',
    finds: 'items are left',
  },
  {
    what: 'the end of the last lease that does not end the waits after a shutdown',
    mutants: [
      {
        file: 'queue/latched-store.ts',
        from: '    wake(getWaiters, WAITERS_CAPACITY);\n    wake(letterWaiters, WAITERS_CAPACITY);\n',
        to: '',
      },
    ],
    file: 'ends',
    scenario: 'Queue: a thread gets until the queue is shut down, and a lease ends',
    finds: 'nobody goes on',
  },
  {
    what: 'a latch that is never taken from the dead',
    mutants: [
      {
        file: 'queue/latch.ts',
        from: '      if (look && this.#recover()) return true;\n',
        to: '',
      },
    ],
    file: 'death',
    scenario: 'Queue: one of two threads that get is killed',
    finds: 'nobody goes on',
  },
  {
    what: 'a lease of the dead that nobody takes back',
    mutants: [{ file: 'queue/get-side.ts', from: '    if (this.latched.reclaim()) return true;\n', to: '' }],
    file: 'death',
    scenario: 'Queue: the holder of a lease is killed',
    finds: 'nobody goes on',
    bounds: { preemptions: 1 },
  },
  {
    what: 'a store that is not repaired after a death',
    mutants: [
      { file: 'queue/store.ts', from: '    if (ready < 0) {\n', to: '    if (Number.isNaN(ready)) {\n' },
    ],
    file: 'death',
    scenario: 'Queue: one of two threads that put and lease is killed',
    finds: 'items are lost',
  },
  {
    what: 'a repair that shows a record that is still in the ring',
    mutants: [
      {
        file: 'queue/store.ts',
        from: '      if (state === uncommitted) records.setState(cell, 0);\n      else if',
        to: '      if',
      },
    ],
    file: 'death',
    scenario: 'Queue: one of two threads that put and lease is killed',
    finds: 'was delivered twice',
  },
];
