import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { pathOf } from '../files/byte-path.ts';
import { LogCounter } from './log-counter.ts';

const PIECE_BYTES = 1 << 16;

/**
 * Decompresses a log and counts what stands in it, without having all of it in memory.
 *
 * @param path a string of bytes
 * @throws when the file cannot be read, or is no whole gzip file
 */
export async function readLog(path: string, signal: AbortSignal): Promise<LogCounter> {
  const counter = new LogCounter();
  const file = createReadStream(pathOf(path));
  const gunzip = createGunzip({ chunkSize: PIECE_BYTES });
  await pipeline(
    file,
    gunzip,
    async (pieces: AsyncIterable<Buffer>) => {
      for await (const piece of pieces) counter.take(piece);
    },
    { signal },
  );
  // zlib takes no bytes at all for a whole file.
  if (file.bytesRead === 0) throw new Error('the file is empty');
  counter.end();
  return counter;
}
