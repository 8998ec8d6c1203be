import { PagedLoop } from '@mp/core/internal';

/** A loop over what is in an object when the first is asked for. @param fetch one call */
export function snapshotLoop<T>(fetch: () => Promise<readonly T[]>): PagedLoop<T> {
  let isFetched = false;
  return new PagedLoop(async () => {
    if (isFetched) return undefined;
    const items = await fetch();
    isFetched = true;
    return items;
  });
}
