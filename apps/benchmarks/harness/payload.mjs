const MIB = 1 << 20;
/** @type {Map<string, Buffer>} */
const blocks = new Map();

/**
 * What is sent, by the name of the payload: `object` is a small job, `bytes` is 1 MiB, `bytes/16` are 16 bytes.
 *
 * @param {string} payload
 * @param {number} id
 */
export function message(payload, id) {
  return isBytes(payload) ? block(payload) : { id, name: 'resize', v: [1, 2, 3] };
}

/** @param {string} payload */
export function isBytes(payload) {
  return payload.startsWith('bytes');
}

/** Whether so much should not pile up between two sides. @param {string} payload */
export function isLarge(payload) {
  return isBytes(payload) && sizeOf(payload) >= 64 << 10;
}

/** How many bytes one message has. @param {string} payload */
export function sizeOf(payload) {
  return Number(payload.split('/')[1] ?? MIB);
}

/** @param {string} payload */
function block(payload) {
  let found = blocks.get(payload);
  if (found === undefined) {
    found = Buffer.alloc(sizeOf(payload), 7);
    blocks.set(payload, found);
  }
  return found;
}
