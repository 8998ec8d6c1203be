import { Condition } from '@mp/lock';
import { eventually, freshName, leakCheck, type ObjectPeer, type PeerKind, type Said } from '@mp/testing';
import { describe, expect, test } from 'vitest';
import { startPeer } from './start-peer.ts';

leakCheck();

const HOWS = ['wait', 'waitSync'] as const;

/** A condition and peers that have it, and take its lock before they wait. */
class Waiters {
  readonly cond: Condition;
  readonly peers: ObjectPeer[];
  readonly #guards = new Map<ObjectPeer, number>();

  private constructor(cond: Condition, peers: ObjectPeer[]) {
    this.cond = cond;
    this.peers = peers;
  }

  static async start(kind: PeerKind, count: number): Promise<Waiters> {
    const cond = new Condition(undefined, { name: freshName() });
    const start = () => startPeer(kind, 'Condition', null, { name: cond.name });
    return new Waiters(cond, await Promise.all(Array.from({ length: count }, start)));
  }

  /** Begins a wait of each peer, in order. */
  async wait(peers: ObjectPeer[], options: object = {}, how?: string): Promise<void> {
    for (const [index, peer] of peers.entries()) {
      const before = this.cond.waiting;
      this.#guards.set(peer, (await peer.call('acquireSync')).held as number);
      await peer.begin(how ?? HOWS[index % 2], options);
      await eventually('it waits', () => this.cond.waiting > before);
    }
  }

  async notify(count: number): Promise<void> {
    await this.cond.with(() => (count === Infinity ? this.cond.notifyAll() : this.cond.notify(count)));
  }

  /** How the wait of a peer ended. It holds the lock then, and releases it. */
  async ended(peer: ObjectPeer): Promise<Said> {
    const said = await peer.answer();
    expect(said.error, said.message).toBeUndefined();
    await peer.release(this.#guards.get(peer));
    return said;
  }

  /** All of them were notified; in which order they have the lock is nobody's promise. */
  async allEnded(peers: ObjectPeer[]): Promise<void> {
    for (const said of await Promise.all(peers.map((peer) => this.ended(peer))))
      expect(said.value).toBe(true);
  }

  async end(): Promise<void> {
    await Promise.all(this.peers.map((peer) => peer.end()));
    expect([this.cond.waiting, this.cond.lock.tryAcquire()?.release()]).toEqual([0, undefined]);
    await eventually('the name is free', () => this.cond.unlink());
  }
}

describe.each<PeerKind>(['process', 'thread'])('a Condition between peers (%s)', (kind) => {
  test('notify wakes exactly one, whether it waits sync or async; twice wakes both', async () => {
    const waiters = await Waiters.start(kind, 2);
    const { peers, cond } = waiters;
    await waiters.wait(peers);
    await waiters.notify(1);
    expect(await waiters.ended(peers[0])).toMatchObject({ value: true });
    expect(cond.waiting).toBe(1);
    await waiters.notify(1);
    expect(await waiters.ended(peers[1])).toMatchObject({ value: true });
    expect(cond.rescued).toBe(0);
    await waiters.end();
  });

  test('six that timed out leave nothing behind: six new ones are woken by notifyAll', async () => {
    const waiters = await Waiters.start(kind, 6);
    const { peers, cond } = waiters;
    for (const peer of peers) {
      const { held } = await peer.call('acquireSync');
      expect(await peer.call('waitSync', { timeout: 20 })).toMatchObject({ value: false });
      expect(await peer.call('wait', { timeout: 20 })).toMatchObject({ value: false });
      expect(await peer.call('wait', { timeout: 0 })).toMatchObject({ value: false });
      expect(cond.lock.locked).toBe(true);
      await peer.release(held);
    }
    await waiters.wait(peers);
    await waiters.notify(Infinity);
    await waiters.allEnded(peers);
    expect(cond.rescued).toBe(0);
    await waiters.end();
  });

  test('notify(2) wakes two of six, notify(4) the others, notify(3) nobody', async () => {
    const waiters = await Waiters.start(kind, 6);
    const { peers, cond } = waiters;
    await waiters.wait(peers);
    await waiters.notify(2);
    await waiters.allEnded(peers.slice(0, 2));
    expect(cond.waiting).toBe(4);
    await waiters.notify(4);
    await waiters.allEnded(peers.slice(2));
    await waiters.notify(3);
    // That was for nobody, and is not kept.
    const { held } = await peers[0].call('acquireSync');
    expect(await peers[0].call('waitSync', { timeout: 30 })).toMatchObject({ value: false });
    await peers[0].release(held);
    expect(cond.rescued).toBe(0);
    await waiters.end();
  });

  test.each(HOWS)(
    'a waiter that was killed swallows no notification, and nobody waits for it (%s)',
    async (how) => {
      const waiters = await Waiters.start(kind, 3);
      const [doomed, ...others] = waiters.peers;
      await waiters.wait(waiters.peers, {}, how);
      await doomed.kill();
      await waiters.notify(2);
      await waiters.allEnded(others);
      await waiters.end();
    },
  );

  test.each(HOWS)(
    'one that is killed after it was notified has not received it: the next does (%s)',
    async (how) => {
      const waiters = await Waiters.start(kind, 2);
      const [doomed, next] = waiters.peers;
      await waiters.wait(waiters.peers, {}, how);
      await waiters.cond.with(async () => {
        waiters.cond.notify();
        // It wants the lock now, which we hold.
        await doomed.kill();
      });
      const late = waiters.cond.with(() => waiters.cond.wait({ timeout: 300 }));
      expect(await waiters.ended(next)).toMatchObject({ value: true });
      expect(await late).toBe(false);
      await waiters.end();
    },
  );

  test('a notification that reached nobody is not for a wait that begins later', async () => {
    const waiters = await Waiters.start(kind, 1);
    const [doomed] = waiters.peers;
    await waiters.wait([doomed]);
    await waiters.cond.with(async () => {
      waiters.cond.notify();
      await doomed.kill();
    });
    for (let round = 0; round < 2; round++)
      expect(await waiters.cond.with(() => waiters.cond.wait({ timeout: 200 }))).toBe(false);
    await waiters.end();
  });

  test('a waiter whose lock died with its holder is told', async () => {
    const waiters = await Waiters.start(kind, 2);
    const [waiter, doomed] = waiters.peers;
    await waiters.wait([waiter]);
    await doomed.call('acquireSync');
    await doomed.call('notify');
    await doomed.kill();
    expect(await waiters.ended(waiter)).toMatchObject({ value: true });
    expect(waiters.cond.lock.locked).toBe(false);
    await waiters.end();
  });

  test('who does not hold the lock neither waits nor notifies', async () => {
    const waiters = await Waiters.start(kind, 1);
    const [peer] = waiters.peers;
    const guard = waiters.cond.acquireSync();
    for (const call of ['wait', 'waitSync', 'notify', 'notifyAll', 'release'])
      expect(await peer.call(call)).toMatchObject({ code: 'ERR_MP_NOT_OWNER' });
    guard.release();
    await waiters.end();
  });
});
