import type { Site, SiteEvent, SiteMap, SiteQueue, SiteValue } from '@mp/redis';

/** What one log came to. */
export interface Counted {
  readonly lines: number;
  readonly bytes: number;
  readonly entries: number;
  /** Why it could not be read. */
  readonly problem?: string;
}

/** What all machines share: they find it by its names. */
export interface Shared {
  /** Names of files. Bounded, so that a tree of any size takes no memory. */
  readonly files: SiteQueue<string>;
  /** One result for each log, however often it was delivered. */
  readonly results: SiteMap<string, Counted>;
  /** How often logs were delivered. */
  readonly deliveries: SiteValue<number>;
  /** The machine that is to be killed has a log, and waits for that: its pid. */
  readonly doomed: SiteValue<number>;
  readonly isDoomed: SiteEvent;
}

/** So many names wait at most. */
const MOST_WAITING = 16;
/** After so long a machine that is not heard of is taken for dead, if nothing told it before. */
const VISIBILITY_MS = 10_000;

export function sharedOf(site: Site): Shared {
  return {
    files: site.queue('files', { maxSize: MOST_WAITING, visibility: VISIBILITY_MS }),
    results: site.map('results'),
    deliveries: site.value('deliveries', 0),
    doomed: site.value('doomed', 0),
    isDoomed: site.event('is-doomed'),
  };
}
