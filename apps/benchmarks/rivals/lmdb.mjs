import { mapWorks } from '../harness/map-store.mjs';
import { opened } from '../harness/opened.mjs';
import { bytesOf, makeStore, openStore, removeStore } from './lmdb-store.mjs';

/** @param context `options.batched`: whether a put may be seen by others only after the next turn, with many more */
export function near(context) {
  const store = makeStore(context);
  return {
    ...mapWorks(works(store, context), context),
    bytes: () => bytesOf(context),
    close: () => removeStore(store, context),
  };
}

export function far(context) {
  if (context.opens) return { open: (count) => opened(count, context.entries, () => openStore(context)) };
  return mapWorks(works(openStore(context), context), context);
}

function works(store, { options }) {
  const get = (key) => store.get(key);
  if (!options.batched)
    return {
      get,
      set: (key, value) => store.putSync(key, value),
      update: (key, change) => store.transactionSync(() => store.putSync(key, change(store.get(key)))),
    };
  let last;
  return {
    get,
    set: (key, value) => {
      last = store.put(key, value);
    },
    settle: () => last ?? new Promise(setImmediate),
  };
}
