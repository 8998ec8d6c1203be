import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';
import { type Graph, graphOf } from '../../page/graph.js';
import { Picture } from '../../page/picture.js';
import type { CycleReport, ObjectReport } from '../../src/report.ts';
import { Looks, lock } from './looks.ts';

leakCheck();

function graph(objects: ObjectReport[], cycles: CycleReport[] = []): Graph {
  const picture = new Picture();
  const pids = new Set(
    objects.flatMap(({ holders, waiters }) => [...holders, ...waiters].map(({ pid }) => pid)),
  );
  picture.apply(new Looks().next(objects, [...pids], { cycles }));
  return graphOf(picture, () => true);
}

/** `program column`: where things are. */
function places({ nodes }: Graph): string[] {
  return nodes.map(({ title, x }) => `${title.replace('node program-', '').replace('.js', '')} ${x}`).sort();
}

test('holder, lock, and waiters stand from left to right', () => {
  const drawn = graph([lock('a', [2], [3, 4])]);
  expect(places(drawn)).toEqual(['2 0', '3 2', '4 2', 'a 1']);
  expect(drawn.edges.map(({ kind }) => kind)).toEqual(['holds', 'waits', 'waits']);
  const heights = new Map(drawn.nodes.map(({ title, y }) => [title, y]));
  expect(heights.get('a')).toBe(0.5);
  expect(drawn).toMatchObject({ columns: 3, rows: 2, hidden: 0 });
});

test('what a waiter holds goes on at its right', () => {
  expect(places(graph([lock('a', [2], [3]), lock('b', [3], [4])]))).toEqual([
    '2 0',
    '3 2',
    '4 4',
    'a 1',
    'b 3',
  ]);
});

test('what is free is not drawn', () => {
  expect(graph([lock('a', []), lock('b', [])])).toEqual({
    nodes: [],
    edges: [],
    columns: 1,
    rows: 0,
    hidden: 0,
  });
});

test('a ring is cut somewhere, its last edge goes back, and all of it is marked', () => {
  const member = (pid: number, file: string) => ({
    agent: pid * 10,
    pid,
    threadId: 0,
    alive: true,
    file,
    title: file,
  });
  const cycle: CycleReport = { certainty: 'deadlock', members: [member(2, 'n-b'), member(3, 'n-a')] };
  const { nodes, edges } = graph([lock('a', [2], [3]), lock('b', [3], [2])], [cycle]);
  expect(nodes.map(({ state }) => state)).toEqual(['cycle', 'cycle', 'cycle', 'cycle']);
  expect(edges.filter(({ isBack }) => isBack)).toHaveLength(1);
  expect(edges.every(({ isInCycle }) => isInCycle)).toBe(true);
  expect(edges).toHaveLength(4);
});

test('a ring with a tail: everybody is there', () => {
  const member = (pid: number, file: string) => ({
    agent: pid * 10,
    pid,
    threadId: 0,
    alive: true,
    file,
    title: file,
  });
  const cycle: CycleReport = { certainty: 'deadlock', members: [member(2, 'n-b'), member(3, 'n-a')] };
  // The waiter at the end comes first in the list.
  const drawn = graph([lock('c', [3], [9]), lock('a', [2], [3]), lock('b', [3], [2])], [cycle]);
  expect(drawn.nodes.map(({ title }) => title)).toHaveLength(6);
  expect(drawn.edges.filter(({ isInCycle }) => isInCycle)).toHaveLength(4);
});

test('all holders of one object are tied to it', () => {
  const { nodes, edges } = graph([lock('s', [2, 3], [4], { kind: 'Semaphore' })]);
  expect(nodes).toHaveLength(4);
  expect(edges.map(({ kind, isBack }) => `${kind} ${isBack}`).sort()).toEqual([
    'holds false',
    'holds false',
    'waits false',
  ]);
});

test('many waiters are a few and a number', () => {
  const drawn = graph([
    lock(
      'a',
      [2],
      Array.from({ length: 1000 }, (_, index) => 10 + index),
    ),
  ]);
  expect(drawn.nodes).toHaveLength(2 + 8 + 1);
  expect(drawn.nodes.find(({ kind }) => kind === 'more')).toMatchObject({
    title: '+992',
    detail: 'more that wait',
  });
});

test('with many locks, those for which most wait are drawn, and the others counted', () => {
  const locks = Array.from({ length: 500 }, (_, index) =>
    lock(`l${index}`, [10 + index], index === 400 ? [5, 6] : []),
  );
  const drawn = graph(locks);
  expect(drawn.nodes.length).toBeLessThan(140);
  expect(drawn.nodes.map(({ title }) => title)).toContain('l400');
  const shown = drawn.nodes.filter(({ kind }) => kind === 'object').length;
  expect(drawn.hidden).toBe(500 - shown);
});
