import { writeFileSync } from 'node:fs';

/** Of the header that core writes and removal reads: magic, flags, whether there are satellites, the file's name. */
const HEADER_BYTES = 192;
const FLAGS_AT = 12;
const SATELLITES_AT = 40;
const NAME_LENGTH_AT = 60;
const NAME_AT = 64;

/** The first bytes of a segment file. */
export function header(name: string, { satellites = 0, magic = 'MPS1', flags = 0 } = {}): Uint8Array {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.write(magic, 0, 'latin1');
  bytes.writeUInt32LE(flags, FLAGS_AT);
  bytes.writeUInt32LE(satellites, SATELLITES_AT);
  bytes.writeUInt32LE(name.length, NAME_LENGTH_AT);
  bytes.write(name, NAME_AT, 'latin1');
  return new Uint8Array(bytes);
}

/** Writes a segment file that nobody has in use. */
export function leave(
  path: string,
  options: { satellites?: number; magic?: string; flags?: number } = {},
): void {
  writeFileSync(path, header(path.slice(path.lastIndexOf('/') + 1), options), { mode: 0o600 });
}
