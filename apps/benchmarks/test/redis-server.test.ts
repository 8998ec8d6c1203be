import { existsSync } from 'node:fs';
import { connect, type NetConnectOpts } from 'node:net';
import { dirname } from 'node:path';
import { describeNeeding, leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';
import { redisMissing, redisVersion, startRedis } from '../harness/redis-server.mjs';

leakCheck();

describeNeeding(redisMissing(), 'Redis', () => {
  test.each(['unix', 'tcp'])('a Redis server by %s answers, and leaves nothing', async (way) => {
    const { socket, pid, end } = await startRedis(way);
    expect(await answerTo('PING\r\n', socket)).toBe('+PONG\r\n');
    await end();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    if (way === 'unix') expect(existsSync(dirname(socket.path as string))).toBe(false);
  });

  test('what Redis says of itself has its version', () => {
    expect(redisVersion()).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

function answerTo(text: string, where: NetConnectOpts): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(where, () => socket.write(text));
    socket.once('error', reject);
    socket.once('data', (data) => {
      resolve(String(data));
      socket.destroy();
    });
  });
}
