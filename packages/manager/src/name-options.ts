import type { WaitOptions } from '@mp/core';

/** What the methods that make objects may be told. */
export interface NameOptions extends WaitOptions {
  /** Finds the object of that name, or makes it. It stays until `unlink(name)` of the manager, also when nothing refers to it. */
  name?: string | undefined;
}
