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
