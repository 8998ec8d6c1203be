import { rmSync, statSync } from 'node:fs';
import { open } from 'lmdb';
import { keyOf } from '../harness/map-store.mjs';
import { message } from '../harness/payload.mjs';

const BATCH = 10_000;

const fileOf = ({ address }) => `${process.env.MP_DIR}/${address}.lmdb`;

/** Its fastest form that is as durable as shared memory is: to the other processes, not to a disk. */
export function openStore(context) {
  return open({
    path: fileOf(context),
    noSubdir: true,
    noSync: true,
    overlappingSync: false,
    useWritemap: true,
    mapSize: 2 ** 34,
  });
}

export function makeStore(context) {
  const store = openStore(context);
  for (let from = 0; from < context.entries; from += BATCH) {
    store.transactionSync(() => {
      const end = Math.min(context.entries, from + BATCH);
      for (let number = from; number < end; number++)
        store.putSync(keyOf(number), message(context.payload, number));
    });
  }
  return store;
}

export async function removeStore(store, context) {
  await store.close();
  for (const file of [fileOf(context), `${fileOf(context)}-lock`]) rmSync(file);
}

/** Bytes of the file that were ever written: it is as long as the map may become. */
export function bytesOf(context) {
  return statSync(fileOf(context)).blocks * 512;
}
