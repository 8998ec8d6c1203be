import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import lockfile from 'proper-lockfile';

/** The least it allows: a lock that was not touched for so long counts as abandoned. */
const OPTIONS = { stale: 2_000, retries: { retries: 10_000, factor: 1, minTimeout: 5, maxTimeout: 5 } };

const fileOf = (address) => join(tmpdir(), `${address}-lockfile`);

export function near({ address }) {
  const file = fileOf(address);
  writeFileSync(file, '');
  return { take: () => lockfile.lock(file, OPTIONS), close: () => rmSync(file, { force: true }) };
}

export async function hold(address) {
  await lockfile.lock(fileOf(address), OPTIONS);
}
