// The order of the test files: the longest first, so that the files that run side by side end together.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { BaseSequencer } from 'vitest/node';
import { ROOT } from './workspace.mjs';

/** Seconds of every file in one whole run, by its path. They are only used to compare files with each other. */
const RECORD = join(ROOT, 'tools/test-seconds.json');

/** Orders files by how long they took in the recorded run. A file that is not in there may be long: it goes first. */
export class LongestFirst extends BaseSequencer {
  /** @type {Record<string, number>} */
  #seconds = JSON.parse(readFileSync(RECORD, 'utf8'));

  /**
   * @override
   * @param {import('vitest/node').TestSpecification[]} files
   */
  async sort(files) {
    return (await super.sort(files)).sort((a, b) => this.#of(b) - this.#of(a));
  }

  /** @param {import('vitest/node').TestSpecification} file */
  #of({ moduleId }) {
    return this.#seconds[relative(ROOT, moduleId)] ?? Number.MAX_VALUE;
  }
}

/**
 * Replaces the record.
 *
 * @param {Iterable<[path: string, seconds: number]>} files
 */
export function record(files) {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(RECORD, `${JSON.stringify(Object.fromEntries(sorted), undefined, 2)}\n`);
}
