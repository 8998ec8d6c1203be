import { WorkResult } from '@mp/core/internal';

/**
 * The result of work in a pool of a site, now or later; `await` gets the value. It has what `AsyncResult` of `@mp/pool` has.
 *
 * An error that nobody looks at is a process warning, never an `unhandledRejection`.
 */
export class SiteResult<T> extends WorkResult<T> {}
