const block = Buffer.alloc(1 << 20, 7);

/** What is sent, by the name of the payload: `object` is a small job, `bytes` is 1 MiB. */
export function message(payload, id) {
  return payload === 'bytes' ? block : { id, name: 'resize', v: [1, 2, 3] };
}
