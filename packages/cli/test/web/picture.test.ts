import { leakCheck } from '@mp/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { Deaths } from '../../page/deaths.js';
import { History, WINDOW_MS } from '../../page/history.js';
import { Picture } from '../../page/picture.js';
import type { ObjectReport, Snapshot } from '../../src/report.ts';
import { Changes } from '../../src/web/changes.ts';
import { Looks, lock, poolOf } from './looks.ts';

leakCheck();

let looks: Looks;
let picture: Picture;
let deaths: Deaths;
let history: History;

beforeEach(() => {
  looks = new Looks();
  picture = new Picture();
  deaths = new Deaths();
  history = new History();
});

/** What the page does with an update. */
function look(objects: ObjectReport[], pids: number[], more: Partial<Snapshot> = {}): void {
  picture.apply(looks.next(objects, pids, more));
  deaths.see(picture);
  history.see(picture, deaths.departures);
}

describe('updates', () => {
  test('have what changed and what is gone, and nothing else', () => {
    const [a, b, c] = [lock('a', [2]), lock('b', []), lock('c', [])];
    looks.next([a, b], [2]);
    const update = looks.next([{ ...a, state: 'free' }, c], [2]);
    expect(update.objects.changed.map(({ file }) => file)).toEqual(['n-a', 'n-c']);
    expect(update.objects.gone).toEqual(['n-b']);
    expect(update.agents).toEqual({ changed: [], gone: [] });
    expect(update.whole).toBe(false);
  });

  test('give the whole picture again, also one after the other', () => {
    look([lock('a', [2]), lock('b', [])], [2]);
    look([lock('b', [2]), lock('c', [])], [2, 3]);
    expect([...picture.objects.keys()].sort()).toEqual(['n-b', 'n-c']);
    expect(picture.objects.get('n-b')?.holders).toHaveLength(1);
    expect([...picture.processes.keys()]).toEqual([2, 3]);
  });

  test('a new start of the server makes everything known before void', () => {
    look([lock('a', [])], [2]);
    looks = new Looks();
    look([lock('b', [])], []);
    expect([...picture.objects.keys()]).toEqual(['n-b']);
    expect(picture.processes.size).toBe(0);
  });

  test('there is nothing to tell before the first look', () => {
    expect(new Changes(500).whole).toBeUndefined();
  });

  test('rates are per second, and none for what rested', () => {
    const counted = (acquisitions: number) => lock('a', [], [], { counters: { acquisitions, rescued: 0 } });
    look([counted(10), lock('b', [])], []);
    look([counted(15), lock('b', [])], []);
    expect(picture.rates.get('n-a')).toEqual({ acquisitions: 10, rescued: 0 });
    expect(picture.rates.has('n-b')).toBe(false);
  });
});

describe('a process that is there no more', () => {
  test('has died when something that it held was taken from it: the page says by whom', () => {
    look([lock('a', [2], [3])], [2, 3]);
    look([lock('a', [3], [], { counters: { rescued: 1 } })], [3]);
    const departure = deaths.departures.get(2)!;
    expect(departure.isDeath).toBe(true);
    expect(departure.leavings).toMatchObject([{ title: 'Lock a', fate: 'taken', heirs: [3] }]);
  });

  test('stays on the page for some seconds after the last was recovered, and is forgotten then', () => {
    const abandoned = lock('a', [2], [], { state: 'abandoned' });
    const dead = { ...abandoned, holders: abandoned.holders.map((holder) => ({ ...holder, alive: false })) };
    look([abandoned], [2]);
    for (let n = 0; n < 60; n++) look([dead], []);
    expect(deaths.departures.get(2)).toMatchObject({ leavings: [{ fate: 'left' }] });
    look([lock('a', [])], []);
    expect(deaths.departures.get(2)?.leavings[0].fate).toBe('free');
    for (let n = 0; n < 10; n++) look([lock('a', [])], []);
    expect(deaths.departures.has(2)).toBe(true);
    for (let n = 0; n < 20; n++) look([lock('a', [])], []);
    expect(deaths.departures.has(2)).toBe(false);
  });

  test('has ended by itself when nothing says otherwise', () => {
    look([lock('a', [2])], [2, 3]);
    look([lock('a', [])], []);
    expect(deaths.departures.get(2)?.isDeath).toBe(false);
    expect(deaths.departures.get(3)?.isDeath).toBe(false);
    for (let n = 0; n < 10; n++) look([], []);
    expect(deaths.departures.size).toBe(0);
  });

  test('has died when the file of its thread is still there', () => {
    look([], [2]);
    const agent = {
      agent: 20,
      pid: 2,
      threadId: 0,
      alive: false,
      created: 0,
      mode: 'dead',
      rung: false,
    } as const;
    look([], [], { agents: [agent] });
    expect(deaths.departures.get(2)).toMatchObject({ isDeath: true, leavings: [] });
  });

  test('was there before the page: what it left is shown', () => {
    const left = lock('a', [2], [], { state: 'abandoned' });
    const dead = { ...left, holders: left.holders.map((holder) => ({ ...holder, alive: false })) };
    const tie = { file: 'n-a', agent: 20, role: 'owner', count: 1 };
    const process = {
      pid: 2,
      parent: 0,
      alive: false,
      state: 'gone',
      command: '',
      agents: [20],
      holds: [tie],
      waits: [],
    };
    look([dead], [], { processes: [process] });
    expect(deaths.departures.get(2)).toMatchObject({ isDeath: true, leavings: [{ fate: 'left' }] });
  });

  test('a maker of an object that has gone in peace is not dead', () => {
    const gone = {
      pid: 2,
      parent: 0,
      alive: false,
      state: 'gone',
      command: '',
      agents: [],
      holds: [],
      waits: [],
    };
    look([lock('a', [])], [], { processes: [gone] });
    expect(deaths.departures.size).toBe(0);
  });

  test('was a busy worker: its successor in the pool is named', () => {
    look([], [2], { pools: [poolOf('s-1', 2, 'busy', 0)] });
    look([], [], { pools: [{ ...poolOf('s-1', 2, 'busy', 0), workers: [] }] });
    expect(deaths.departures.get(2)).toMatchObject({ isDeath: true, successor: undefined });
    look([], [3], { pools: [poolOf('s-2', 3, 'idle', looks.at)] });
    expect(deaths.departures.get(2)?.successor).toBe(3);
  });

  test('a younger process of the same number is another one', () => {
    look([lock('a', [2], [3])], [2, 3]);
    look([lock('a', [3], [], { counters: { rescued: 1 } })], [3]);
    expect(deaths.departures.has(2)).toBe(true);
    look([], [2, 3]);
    expect(deaths.departures.has(2)).toBe(false);
  });
});

describe('history', () => {
  const queue = (depth: number, puts: number) => {
    return lock('q', [], [], { kind: 'Queue', measures: { depth }, counters: { puts, gets: 0 } });
  };

  test('a queue has a sample for each look, no older than what is drawn', () => {
    for (let n = 0; n < 200; n++) look([queue(n, 10 * n)], []);
    const { times, depths, puts } = history.queues.get('n-q')!;
    expect([depths.at(-1), puts.at(-1)]).toEqual([199, 20]);
    expect(times.at(-1)! - times[1]).toBeLessThanOrEqual(WINDOW_MS / 1000);
    expect(times.at(-1)! - times[0]).toBeGreaterThan(WINDOW_MS / 1000);
    look([], []);
    expect(history.queues.size).toBe(0);
  });

  test('a worker’s lane: idle, busy, waiting, dead', () => {
    const at = (state: 'idle' | 'busy', objects: ObjectReport[] = []) => {
      look(objects, [2, 3], { pools: [poolOf('s-1', 2, state, 0)] });
    };
    at('idle');
    at('busy');
    at('busy');
    at('busy', [lock('a', [3], [2])]);
    look([], [3], { pools: [{ ...poolOf('s-1', 2, 'busy', 0), workers: [] }] });
    const { spans, isOver } = history.lanes.get('s-1')!;
    expect(spans.map(({ state }) => state)).toEqual(['idle', 'busy', 'waiting', 'dead']);
    expect(isOver).toBe(true);
    for (let n = 0; n < WINDOW_MS / 500 + 2; n++) look([], [3]);
    expect(history.lanes.size).toBe(0);
  });
});
