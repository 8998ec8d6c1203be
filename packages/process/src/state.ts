import { singleton } from '@mp/core/internal';
import type { ParentProcess } from './parent-process.ts';

/** What this thread knows of itself and of what it started. */
interface ProcessState {
  parent: ParentProcess | undefined;
  name: string;
  lineage: number[];
  daemon: boolean;
  /** Modules that asked in this child whether they are the main one: they are guarded. */
  readonly askedIsMain: Set<string>;
  readonly started: { Process: number; Thread: number };
}

export function processState(): ProcessState {
  return singleton('process', () => ({
    parent: undefined,
    name: 'MainProcess',
    lineage: [],
    daemon: false,
    askedIsMain: new Set(),
    started: { Process: 0, Thread: 0 },
  }));
}
