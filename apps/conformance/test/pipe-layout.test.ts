import { type Connection, pipe } from '@mp/pipe';
import { Queue } from '@mp/queue';
import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';
import { bytesOf, files, me, PAGE, read, records } from './layout-page.ts';

leakCheck();

test('a pipe: sizes, rings, who has its ends, and one on its way', async () => {
  const [left, right] = pipe();
  const at = PAGE.Pipe;
  const end = PAGE['End of a pipe'];
  const file = files('s-')[0];
  right.sendBytesSync(Buffer.from('hello'));
  const reading = right.recv();
  left.sendSync('read');
  await reading;
  while (left.trySendBytes(Buffer.alloc(100_000)));
  const sending = left.send('waits');
  const bytes = read(file, 40, 0);
  const word = (offset: number) => bytes.readInt32LE(offset);
  expect([word(at.DUPLEX), bytes.length]).toEqual([1, at.RIGHT_RING_0 + 2 * word(at.RING_BYTES)]);
  for (const side of [at.LEFT_END, at.RIGHT_END]) {
    expect([word(side + end.STATE), word(side + end.MOVES)]).toEqual([me(), 0]);
  }
  expect(records(bytes, at.RIGHT_SENT)).toMatchObject({ written: 1, read: 0 });
  expect(records(bytes, at.LEFT_SENT).read).toBe(1);
  expect([word(at.RIGHT_RING_0), word(at.RIGHT_RING_0 + 4)]).toEqual([5, 0]);
  expect(bytes.toString('latin1', at.RIGHT_RING_0 + 8, at.RIGHT_RING_0 + 13)).toBe('hello');
  expect(
    [at.LEFT_RECEIVE, at.RIGHT_RECEIVE, at.LEFT_SEND, at.RIGHT_SEND].map((room) =>
      word(room + PAGE.Room.SPAN),
    ),
  ).toEqual([0, 1, 1, 0]);
  left.close();
  await expect(sending).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
  expect(bytesOf(file).readInt32LE(at.LEFT_END + end.STATE)).toBe(0);
  const queue = new Queue({ name: 'layout-carrier' });
  queue.putSync(right);
  const moved = bytesOf(file).subarray(at.RIGHT_END);
  expect([moved.readInt32LE(end.STATE), moved.readInt32LE(end.MOVES)]).toEqual([(1 << 30) | 1, 1]);
  expect(moved.toString('latin1', end.PIN, end.PIN + moved.readInt32LE(end.PIN_LENGTH))).toBe(
    'n-layout-carrier+1',
  );
  (queue.getSync() as Connection).close();
  queue.unlink();
});
