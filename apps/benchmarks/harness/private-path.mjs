import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A path for the Unix socket of a round, in the folder that goes with the run. */
export function privatePath({ address }) {
  return join(process.env.MP_DIR ?? tmpdir(), `${address}.sock`);
}
