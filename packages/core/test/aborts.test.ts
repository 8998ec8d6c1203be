import { getEventListeners } from 'node:events';
import { watchAbort } from '@mp/core/internal';
import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

test('all waits of one signal share one listener, which goes with the last of them', () => {
  const { signal } = new AbortController();
  const stops = Array.from({ length: 1000 }, () => watchAbort(signal, () => {}));
  expect(listeners(signal)).toBe(1);
  for (const stop of stops.slice(1)) stop();
  expect(listeners(signal)).toBe(1);
  stops[0]();
  expect(listeners(signal)).toBe(0);
  stops[0]();
  const again = watchAbort(signal, () => {});
  expect(listeners(signal)).toBe(1);
  again();
});

test('they run once each and in order, also one function that was given twice', () => {
  const controller = new AbortController();
  const ran: number[] = [];
  const twice = () => ran.push(0);
  watchAbort(controller.signal, twice);
  watchAbort(controller.signal, () => ran.push(1));
  watchAbort(controller.signal, twice);
  const stopped = watchAbort(controller.signal, () => ran.push(2));
  stopped();
  controller.abort();
  expect(ran).toEqual([0, 1, 0]);
});

test('a wait that another one ends while the signal fires is not run', () => {
  const controller = new AbortController();
  const ran: string[] = [];
  watchAbort(controller.signal, () => {
    ran.push('first');
    stop();
  });
  const stop = watchAbort(controller.signal, () => ran.push('second'));
  controller.abort();
  expect(ran).toEqual(['first']);
});
