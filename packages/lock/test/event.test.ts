import { inspect } from 'node:util';
import { Event, Lock } from '@mp/lock';
import { eventually, freshName, leakCheck, type PeerKind } from '@mp/testing';
import { describe, expect, test } from 'vitest';
import { startPeer } from './start-peer.ts';

leakCheck();

describe('an Event in one thread', () => {
  test('is set and cleared, and answers waits by that', async () => {
    using event = new Event();
    expect(event.isSet).toBe(false);
    expect([event.waitSync({ timeout: 0 }), await event.wait({ timeout: 0 })]).toEqual([false, false]);
    expect([event.waitSync({ timeout: 20 }), await event.wait({ timeout: 20 })]).toEqual([false, false]);
    event.set();
    event.set();
    expect([event.isSet, event.waitSync(), await event.wait(), await event.wait({ timeout: 0 })]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    event.clear();
    event.clear();
    expect([event.isSet, event.waitSync({ timeout: 0 })]).toEqual([false, false]);
    expect(event.rescued).toBe(0);
  });

  test('shows whether it is set', () => {
    const event = new Event({ name: freshName() });
    expect(inspect(event)).toBe(`Event "${event.name}" { unset }`);
    event.set();
    expect(inspect(event)).toBe(`Event "${event.name}" { set }`);
    event.unlink();
    expect(inspect({ event })).toContain('{ closed }');
  });

  test('a wait ends with the reason of its signal, and when it is closed', async () => {
    const event = new Event();
    const reason = new Error('enough');
    const abort = new AbortController();
    const aborted = event.wait({ signal: abort.signal });
    const closed = event.wait();
    abort.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    event.close();
    await expect(closed).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
    expect(() => event.set()).toThrow(/Event: it was closed in this thread/);
    await expect(event.wait()).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
    event.close();
  });

  test.each([[null], [5], ['event']])('refuses %o as options', (options) => {
    expect(() => new Event(options as never)).toThrow(/options must be an object like \{ name \}/);
  });

  test('a name belongs to one kind', () => {
    const name = freshName();
    const event = new Event({ name });
    const same = new Event({ name });
    expect([event.created, same.created]).toEqual([true, false]);
    same.close();
    expect(() => new Lock({ name })).toThrow(/as a Lock: it is an Event made by pid \d+/);
    expect(event.unlink()).toBe(true);
  });
});

describe.each<PeerKind>(['process', 'thread'])('an Event between peers (%s)', (kind) => {
  test('wakes everybody who waits, sync and async, and is not missed', async () => {
    const event = new Event({ name: freshName() });
    const options = { name: event.name };
    const [one, two, three] = await Promise.all([1, 2, 3].map(() => startPeer(kind, 'Event', options)));
    expect(await one.call('waitSync', { timeout: 30 })).toMatchObject({ value: false });
    expect(await one.call('wait', { timeout: 30 })).toMatchObject({ value: false });
    for (let round = 0; round < 5; round++) {
      await Promise.all([
        one.begin('waitSync'),
        two.begin('wait'),
        three.begin('waitSync', { timeout: 20_000 }),
      ]);
      // A wait may be about to begin: it sees the flag then.
      event.set();
      for (const peer of [one, two, three]) expect(await peer.answer()).toMatchObject({ value: true });
      await one.call('clear');
      expect(event.isSet).toBe(false);
    }
    expect(event.rescued).toBe(0);
    await Promise.all([one, two, three].map((peer) => peer.end()));
    expect(event.unlink()).toBe(true);
  });

  test('a killed waiter holds up neither set() nor the others', async () => {
    const event = new Event({ name: freshName() });
    const [doomed, other] = await Promise.all(
      [1, 2].map(() => startPeer(kind, 'Event', { name: event.name })),
    );
    await doomed.begin('waitSync');
    await other.begin('wait');
    await doomed.kill();
    event.set();
    expect(await other.answer()).toMatchObject({ value: true });
    await other.end();
    await eventually('the name is free', () => event.unlink());
  });
});
