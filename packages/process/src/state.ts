import { singleton } from '@mp/core/internal';
import type { ParentProcess } from './parent-process.ts';

/** What this thread knows of itself and of what it started. */
interface ProcessState {
  parent: ParentProcess | undefined;
  name: string;
  lineage: number[];
  daemon: boolean;
  /** Whether the first script asked in this child whether it is the main one, so that it is guarded. */
  askedIsMain: boolean;
  readonly started: { Process: number; Thread: number };
}

export function processState(): ProcessState {
  return singleton('process', () => ({
    parent: undefined,
    name: 'MainProcess',
    lineage: [],
    daemon: false,
    askedIsMain: false,
    started: { Process: 0, Thread: 0 },
  }));
}
