import { createHash } from 'node:crypto';
import { getEventListeners } from 'node:events';
import type { Connection } from '@mp/pipe';
import { eventually } from '@mp/testing';
import { afterEach, describe, expect, test } from 'vitest';
import type { ConnectionPeer, Pair } from './connection-peer.ts';

/** A kind of connection that behaves as every connection should. */
export interface ConnectionKind {
  /** Makes one whose other end is a peer's: a process or thread that runs fixtures/serve-connection.mjs. */
  make(): Promise<Pair>;
  /** Whether a thread can be blocked for it here. */
  sync: boolean;
  /** Whether it holds so little that a sender soon has to wait. */
  bounded: boolean;
}

const LARGE = 16 << 20;

/** Behaviour that does not depend on what carries the messages. */
export function connectionSuite(title: string, { make, sync, bounded }: ConnectionKind): void {
  const pairs = new Set<Pair>();
  let here: Connection;
  let there: ConnectionPeer;

  const open = async () => {
    const pair = await make();
    pairs.add(pair);
    ({ here, there } = pair);
  };
  afterEach(async () => {
    for (const pair of pairs) {
      if (!pair.here.closed && !pair.there.ended) expect(pair.here.rescued).toBe(0);
      pair.here.close();
      await pair.there.kill();
    }
    pairs.clear();
  });

  const ways = sync ? ['sync', 'async'] : ['async'];

  describe(title, () => {
    test('values and bytes come back as they were sent', async () => {
      await open();
      await there.begin({ do: 'echo', how: 'async' });
      const values = [
        { deep: [1, 'two', null, { three: 3n }] },
        'seven',
        '',
        new Map([['key', new Date(5)]]),
        new Int32Array([1, 2, 3]),
        Buffer.from('bytes'),
        0,
        false,
        null,
      ];
      for (const value of values) await here.send(value);
      for (const value of values) expect(await here.recv({ timeout: 20_000 })).toEqual(value);
      here.close();
      expect((await there.answer()).value).toBe('end');
    });

    test('bytes of any length come whole, empty ones too', async () => {
      await open();
      await there.begin({ do: 'echo', how: 'bytes' });
      const messages = [0, 1, 7, 8, 100, 16_383, 16_384, 70_000, 0].map((length) =>
        Buffer.alloc(length, length),
      );
      for (const message of messages) await here.sendBytes(message);
      for (const message of messages) {
        expect((await here.recvBytes({ timeout: 20_000 })).equals(message)).toBe(true);
      }
    });

    test('16 MiB make the round trip', async () => {
      await open();
      await there.begin({ do: 'echo', how: 'bytes' });
      const message = Buffer.alloc(LARGE);
      for (let at = 0; at < LARGE; at += 4096) message.writeUInt32LE(at, at);
      const sending = here.sendBytes(message);
      const back = await here.recvBytes({ timeout: 50_000 });
      await sending;
      const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
      expect([back.length, hash(back)]).toEqual([LARGE, hash(message)]);
    });

    test('recvBytesInto writes where it is told and leaves the rest', async () => {
      await open();
      await there.call('sendBytes', Buffer.from(new Int32Array([1, 2, 3]).buffer));
      await there.call('sendBytes', Buffer.from(new Int32Array([4, 5]).buffer));
      await there.call('sendBytes', Buffer.from('longer than four'));
      await there.call('send', 'next');
      const target = new Int32Array(6);
      expect(await here.recvBytesInto(target)).toBe(12);
      expect([...target]).toEqual([1, 2, 3, 0, 0, 0]);
      expect(await here.recvBytesInto(target, 12)).toBe(8);
      expect([...target]).toEqual([1, 2, 3, 4, 5, 0]);
      const tooShort = await here.recvBytesInto(new Uint8Array(4)).catch((error) => error);
      expect(tooShort).toMatchObject({ code: 'ERR_MP_MESSAGE_TOO_LONG', name: 'MessageTooLongError' });
      expect(String(tooShort.bytes)).toBe('longer than four');
      expect(await here.recv()).toBe('next');
    });

    test('poll tells what is there, and takes nothing of it', async () => {
      await open();
      expect([await here.poll(), await here.poll({ timeout: -1 })]).toEqual([false, false]);
      const begun = performance.now();
      expect(await here.poll({ timeout: 50 })).toBe(false);
      expect(performance.now() - begun).toBeGreaterThanOrEqual(45);
      const polling = here.poll({ timeout: 20_000 });
      for (const text of ['a', 'b', 'cd']) await there.call('sendBytes', Buffer.from(text));
      expect(await polling).toBe(true);
      for (const text of ['a', 'b', 'cd']) {
        expect([await here.poll({ timeout: 20_000 }), await here.poll({})]).toEqual([true, true]);
        expect(String(await here.recvBytes())).toBe(text);
      }
      expect(await here.poll()).toBe(false);
      await there.call('sendBytes', Buffer.alloc(0));
      expect([await here.poll({ timeout: 20_000 }), await here.poll()]).toEqual([true, true]);
      expect((await here.recvBytes()).length).toBe(0);
    });

    test('a message longer than maxLength ends the receiving, not the sending', async () => {
      await open();
      await there.call('sendBytes', Buffer.from('short'));
      await there.call('sendBytes', Buffer.from('much longer'));
      expect(String(await here.recvBytes({ maxLength: 5 }))).toBe('short');
      await expect(here.recvBytes({ maxLength: 5, timeout: 20_000 })).rejects.toMatchObject({
        code: 'ERR_MP_MESSAGE_TOO_LONG',
      });
      expect([here.readable, here.writable, here.closed]).toEqual([false, true, false]);
      await expect(here.recv()).rejects.toThrow(/write-only/);
      await here.send('still');
      expect(await there.call('recv', { timeout: 20_000 })).toMatchObject({ value: 'still' });
    });

    test('bytes that are no value are refused by recv, and the next one is right', async () => {
      await open();
      await there.call('sendBytes', Buffer.from([0xc1, 0xff]));
      await there.call('send', { fine: true });
      await expect(here.recv({ timeout: 20_000 })).rejects.toMatchObject({ code: 'ERR_MP_SERIALIZATION' });
      expect(await here.recv({ timeout: 20_000 })).toEqual({ fine: true });
    });

    test('a value that cannot be sent is refused with its path, and nothing is sent', async () => {
      await open();
      const value = { list: [1, { callback() {} }] };
      await expect(here.send(value)).rejects.toMatchObject({
        code: 'ERR_MP_SERIALIZATION',
        path: 'message.list[1].callback',
      });
      await expect(here.send(undefined)).rejects.toMatchObject({ code: 'ERR_MP_SERIALIZATION' });
      await here.send('usable');
      expect(await there.call('recv', { timeout: 20_000 })).toMatchObject({ value: 'usable' });
    });

    test('sends that nobody awaits keep their order, also those that must wait', async () => {
      await open();
      const text = 'x'.repeat(20_000);
      const sends = Array.from({ length: 300 }, (_, id) => here.send({ id, text }));
      await there.begin({ do: 'count', how: 'iterate' });
      await Promise.all(sends);
      here.close();
      expect((await there.answer()).value).toEqual({ count: 300, ordered: true });
    });

    test.each(ways)('20,000 messages keep their order (%s)', async (how) => {
      await open();
      await there.begin({ do: 'produce', how, count: 20_000 });
      for (let id = 0; id < 20_000; id++) {
        const value =
          how === 'sync' ? here.recvSync({ timeout: 20_000 }) : await here.recv({ timeout: 20_000 });
        if ((value as { id: number }).id !== id) expect(value).toMatchObject({ id });
      }
      expect((await there.answer()).value).toBe(20_000);
      expect(await here.poll()).toBe(false);
    });

    for (const call of sync ? (['recvBytesSync', 'pollSync'] as const) : []) {
      test(`a thread that is blocked in ${call} sends what waits to be sent there`, async () => {
        await open();
        await there.begin({ do: 'echo', how: 'bytes' });
        // Until both directions are full: only who receives gets any further.
        while (here.trySendBytes(Buffer.alloc(100_000)));
        const sending = [here.sendBytes(Buffer.alloc(100_000)), here.sendBytes(Buffer.from('last'))];
        let back = '';
        while (back !== 'last') {
          if (call === 'pollSync') expect(here.pollSync({ timeout: 20_000 })).toBe(true);
          back = String(here.recvBytesSync({ timeout: 20_000 }));
        }
        await Promise.all(sending);
      });
    }

    describe.each(ways)('%s waits', (how) => {
      const method = (name: string) => (how === 'sync' ? `${name}Sync` : name);

      test('of a receiver end with what comes', async () => {
        await open();
        for (let round = 0; round < 3; round++) {
          await there.begin({ do: 'call', call: method('recv') });
          await here.send(round);
          expect(await there.answer()).toMatchObject({ value: round });
        }
      });

      test('of a receiver run out of time', async () => {
        await open();
        for (const name of ['recv', 'recvBytes']) {
          expect(await there.call(method(name), { timeout: 40 })).toMatchObject({ code: 'ERR_MP_TIMEOUT' });
          expect(await there.call(method(name), { timeout: 0 })).toMatchObject({ code: 'ERR_MP_TIMEOUT' });
        }
        expect((await there.call(method('recv'), { timeout: 60 })).elapsed).toBeGreaterThanOrEqual(55);
        expect(await there.call(method('poll'), { timeout: 40 })).toMatchObject({ value: false });
        await here.send('then');
        expect(await there.call(method('recv'), { timeout: 20_000 })).toMatchObject({ value: 'then' });
      });

      test.each(['close', 'kill', 'exit'])(
        'of a receiver end when the other end is gone (%s)',
        async (death) => {
          await open();
          await there.call('send', 'last words');
          const recv = () =>
            how === 'sync'
              ? new Promise((resolve) => resolve(here.recvSync({ timeout: 50_000 })))
              : here.recv({ timeout: 50_000 });
          expect(await recv()).toBe('last words');
          if (death === 'close') there.say({ do: 'call', call: 'close' });
          else if (death === 'exit') there.say({ do: 'exit' });
          else void there.kill();
          await expect(recv()).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
          expect(await here.poll()).toBe(true);
          await expect(here.recv()).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
          await eventually('a send is refused', () =>
            here.send('to nobody').then(
              () => false,
              (error) => error.code === 'ERR_MP_CLOSED',
            ),
          );
        },
      );

      if (!bounded) return;

      test('of a sender end when there is space', async () => {
        await open();
        await there.begin({ do: 'produce', how, count: 40, size: 100_000 });
        for (let id = 0; id < 40; id++) expect(await here.recv({ timeout: 20_000 })).toMatchObject({ id });
        expect((await there.answer()).value).toBe(40);
      });

      test('of a sender run out of time, and nothing was sent', async () => {
        await open();
        await there.begin({ do: 'produce', how, count: 1, size: 2 << 20 });
        await there.answer();
        const message = Buffer.alloc(4 << 20);
        expect(await there.call(method('send'), message.length, { timeout: 40 })).toMatchObject({
          code: 'ERR_MP_TIMEOUT',
        });
        expect(await there.call('trySend', 1)).toMatchObject({ value: false });
        expect(await here.recv()).toMatchObject({ id: 0 });
        expect(await here.poll()).toBe(false);
        expect(await there.call('trySend', 1)).toMatchObject({ value: true });
      });

      test.each(['close', 'kill'])('of a sender end when the receiver is gone (%s)', async (death) => {
        await open();
        there.say({ do: 'call', call: 'send', args: ['there'] });
        expect(await here.recv()).toBe('there');
        while (here.trySend('x'.repeat(100_000)));
        const send = () =>
          how === 'sync'
            ? new Promise((resolve) => resolve(here.sendSync('more', { timeout: 50_000 })))
            : here.send('more', { timeout: 50_000 });
        if (death === 'close') there.say({ do: 'call', call: 'close' });
        else void there.kill();
        await expect(send()).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
      });
    });

    test('a wait is aborted: before it begins, and while it waits', async () => {
      await open();
      const reason = new Error('enough');
      for (const call of [here.recv, here.recvBytes, here.poll].map((each) => each.bind(here))) {
        await expect(call({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
        const abort = new AbortController();
        const waiting = call({ signal: abort.signal });
        abort.abort(reason);
        await expect(waiting).rejects.toBe(reason);
      }
      await expect(here.send('never', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      const abandoned = new AbortController();
      const first = here.recv({ signal: abandoned.signal });
      const second = here.recv();
      abandoned.abort(reason);
      await expect(first).rejects.toBe(reason);
      await there.call('send', 'for the second');
      expect(await second).toBe('for the second');
    });

    test('a wait that has ended leaves nothing at its signal', async () => {
      await open();
      const { signal } = new AbortController();
      const receiving = here.recv({ signal });
      await there.call('send', 'something');
      expect(await receiving).toBe('something');
      await expect(here.recv({ signal, timeout: 5 })).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    });

    test('for await ends at the end of file; leaving it leaves the connection open', async () => {
      await open();
      for (let id = 0; id < 5; id++) await there.call('send', id);
      const seen: unknown[] = [];
      for await (const value of here) {
        seen.push(value);
        if (value === 1) break;
      }
      expect([seen, here.closed]).toEqual([[0, 1], false]);
      await there.call('close');
      for await (const value of here) seen.push(value);
      expect(seen).toEqual([0, 1, 2, 3, 4]);
    });

    test('closing it here rejects what waits, and every later call', async () => {
      await open();
      const waits = [here.recv(), here.recvBytes(), here.poll({}), here.recvBytesInto(new Uint8Array(9))];
      here.close();
      here.close();
      for (const wait of await Promise.allSettled(waits)) {
        expect(wait).toMatchObject({ status: 'rejected', reason: { code: 'ERR_MP_CLOSED' } });
      }
      expect(here.closed).toBe(true);
      const calls = [
        () => here.send(1),
        () => here.sendBytes(Buffer.from('a')),
        () => here.recv(),
        () => here.recvBytes(),
        () => here.recvBytesInto(new Uint8Array(9)),
        () => here.poll(),
        () => here[Symbol.asyncIterator]().next(),
      ];
      for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
      expect(await there.call('recv', { timeout: 20_000 })).toMatchObject({ code: 'ERR_MP_CLOSED' });
    });
  });
}
