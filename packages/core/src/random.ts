/**
 * Random bits for what must not be met again: files and agents. It is no secret, and `node:crypto` would take as long to
 * load as all of this package. Clock and pid are mixed in because `--random-seed` makes `Math.random` repeat itself.
 *
 * @returns 0 to 2³²−1
 */
export function randomWord(): number {
  const clock = Number(process.hrtime.bigint() & 0xffffffffn);
  return ((Math.random() * 2 ** 32) ^ clock ^ Math.imul(process.pid, 0x9e3779b1)) >>> 0;
}

/** A name that no other file has, 16 hexadecimal digits. */
export function randomName(): string {
  return [randomWord(), randomWord()].map((word) => word.toString(16).padStart(8, '0')).join('');
}
