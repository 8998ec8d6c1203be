import { isUtf8 } from 'node:buffer';

/*
 * A name of a file is bytes, not text: what is no UTF-8 cannot be a string and come back. So paths are kept as strings of
 * bytes here, one character each (latin1), which also sort as bytes do.
 */

/** A path of the user's as a string of bytes. */
export function bytePath(path: string): string {
  return Buffer.from(path).toString('latin1');
}

/** A string of bytes as the file system takes it. */
export function pathOf(bytes: string): Buffer {
  return Buffer.from(bytes, 'latin1');
}

/**
 * A string of bytes as text. A byte that is no UTF-8 becomes a surrogate from U+DC80 to U+DCFF, as in Python's
 * `os.fsdecode`, so that the name can be found again.
 */
export function nameOf(bytes: string): string {
  const path = pathOf(bytes);
  if (isUtf8(path)) return path.toString();
  let name = '';
  for (let at = 0; at < path.length; ) {
    const end = at + lengthOfCharacter(path[at]);
    const character = path.subarray(at, end);
    if (end <= path.length && isUtf8(character)) {
      name += character.toString();
      at = end;
    } else name += String.fromCharCode(0xdc00 + path[at++]);
  }
  return name;
}

/** How many bytes a character has in UTF-8, by its first one. */
export function lengthOfCharacter(first: number): number {
  return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
}
