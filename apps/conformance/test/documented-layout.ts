import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { thisAgent } from '@mp/core/internal';
import { expect } from 'vitest';

/** The tables of the page: section → field → offset. */
export const PAGE = layouts(readFileSync(new URL('../../../docs/memory-layout.md', import.meta.url), 'utf8'));
export const HEADER = PAGE.Header;
const MAGIC = 0x3153504d;

function layouts(page: string): Record<string, Record<string, number>> {
  return Object.fromEntries(
    page
      .split(/^## /m)
      .map((section) => [
        section.slice(0, section.indexOf('\n')),
        Object.fromEntries(
          [...section.matchAll(/^\| (\d+) \| ([A-Z_0-9]+) \|/gm)].map(([, at, field]) => [field, Number(at)]),
        ),
      ]),
  );
}

const path = (file: string) => join(process.env.MP_DIR!, file);
export const files = (start: string) =>
  readdirSync(process.env.MP_DIR!).filter((file) => file.startsWith(start));
/** What the file holds at this moment, with the kernel's own means. */
export const bytesOf = (file: string) => readFileSync(path(file));

/** Checks the header of `file`. @returns its bytes */
export function read(file: string, kind: number, flags: number, version = 1): Buffer {
  const bytes = bytesOf(file);
  const word = (field: string) => bytes.readUInt32LE(HEADER[field]);
  expect({
    magic: word('MAGIC'),
    version: word('VERSION'),
    kind: word('KIND'),
    flags: word('FLAGS'),
    size: bytes.readDoubleLE(HEADER.SIZE),
    pid: word('PID'),
    name: bytes.toString('latin1', HEADER.NAME, HEADER.NAME + word('NAME_LENGTH')),
  }).toEqual({ magic: MAGIC, version, kind, flags, size: bytes.length, pid: process.pid, name: file });
  const age = Date.now() - bytes.readDoubleLE(HEADER.CREATED);
  expect(age).toBeGreaterThanOrEqual(0);
  expect(age).toBeLessThan(60_000);
  return bytes;
}

/** The id of the agent that this thread is. Its page is not the only one: that of a fixture may still be there. */
export function me(): number {
  const { id } = thisAgent();
  expect(files('a-')).toContain(`a-${id}`);
  return id;
}
