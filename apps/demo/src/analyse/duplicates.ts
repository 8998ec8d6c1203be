import type { HashedFile } from './tally.ts';

/** Files of one content. */
export interface Duplicates {
  sha256: string;
  /** Of each of them. */
  bytes: number;
  /** What would be saved if they were one. Names of one and the same file, which are hard links, take no room of their own. */
  wastedBytes: number;
  /** Strings of bytes. */
  files: string[];
}

/** @returns what wastes most stands first */
export function duplicatesOf(hashed: readonly HashedFile[], files: readonly string[]): Duplicates[] {
  const byHash = new Map<string, HashedFile[]>();
  for (const file of hashed) {
    const [, , , sha256] = file;
    const same = byHash.get(sha256);
    if (same === undefined) byHash.set(sha256, [file]);
    else same.push(file);
  }
  const found: Duplicates[] = [];
  for (const [sha256, same] of byHash) {
    if (same.length === 1) continue;
    const [[, bytes]] = same;
    const inodes = new Set(same.map(([, , inode]) => inode));
    found.push({
      sha256,
      bytes,
      wastedBytes: bytes * (inodes.size - 1),
      files: same.map(([number]) => files[number]).sort(),
    });
  }
  return found.sort((a, b) => b.wastedBytes - a.wastedBytes || (a.files[0] < b.files[0] ? -1 : 1));
}
