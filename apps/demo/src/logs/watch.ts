import { setTimeout as pause } from 'node:timers/promises';
import { ClosedError, within } from '@mp/manager';
import { Meeting } from './meeting.ts';
import { textOf } from './print.ts';
import { LogManager, STATISTICS } from './statistics.ts';

/** Not more often, so that the statistics are busy with the run and not with us. */
const EVERY_MS = 200;

/**
 * Shows how far the newest run of this user is, until that is over.
 *
 * @returns whether there is one
 */
export async function watch(): Promise<boolean> {
  const meeting = new Meeting();
  const { invitation } = meeting;
  if (invitation === undefined) {
    meeting.close();
    return false;
  }
  let manager: Awaited<ReturnType<typeof LogManager.connect>> | undefined;
  try {
    const { address, authKey, pid } = invitation;
    manager = await LogManager.connect(address, { authKey });
    console.log(`watching process ${pid}`);
    const statistics = await within(manager, { name: STATISTICS }).Statistics();
    for (let seen = -1; ; await pause(EVERY_MS)) {
      const { files, packages, entries, largest, isOver } = await statistics.after(seen);
      seen = files;
      const most = largest === undefined ? '' : `, most of them in ${textOf(largest)}`;
      console.log(`${files} files of ${packages} packages: ${entries} entries${most}`);
      if (isOver) return true;
    }
  } catch (error) {
    // Its server is gone, and another program keeps the map.
    if (/^(ECONNREFUSED|ENOENT)$/.test((error as NodeJS.ErrnoException).code ?? '')) return false;
    if (!(error instanceof ClosedError)) throw error;
    // The run ended between two questions, or was killed.
    console.log('the run is over');
    return true;
  } finally {
    await manager?.close();
    meeting.close();
  }
}
