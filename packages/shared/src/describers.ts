import { type Describer, type Describers, description, HEADER_BYTES, type Look } from '@mp/core/internal';
import { LOCK_WORDS, lockChoiceIn, lockIn } from '@mp/lock/internal';
import { ARRAY, GIVEN_LOCK, LIST, MEMORY, STRUCT, VALUE } from './layout.ts';
import { BYTES_F64, COUNT, EVICT, MAP_VERSION, MAX_BYTES_F64, TABLE, TIMED } from './map/layout.ts';
import { typeOfCode } from './types.ts';

/** Layouts of structs that are longer are not shown. */
const LAYOUT_MOST = 16 << 10;

/** Bytes up to the end of the lock that many bodies begin with. */
const LOCK_END = HEADER_BYTES + LOCK_WORDS * 4;

/** What Value, SharedArray and SharedStruct begin with. */
function lockedIn(look: Look) {
  const own = lockIn(look);
  const { lock, givenLock } = lockChoiceIn(look, GIVEN_LOCK);
  const details = lock === 'its own' ? { lock, ...own.details } : { lock };
  return { ...own, state: lock === 'its own' ? own.state : '', details, givenLock };
}

const value: Describer = {
  version: VALUE.VERSION,
  bytes: VALUE.BYTES,
  describe(look) {
    const locked = lockedIn(look);
    const type = typeOfCode(look.words[VALUE.TYPE]);
    // A bigint has no JSON.
    const found = type?.operations(look.words.buffer as ArrayBuffer, VALUE.NUMBER * 4).load(0);
    const shown = typeof found === 'bigint' ? `${found}n` : found;
    return { ...locked, details: { type: type?.name ?? 'unknown', value: shown, ...locked.details } };
  },
};

const array: Describer = {
  version: ARRAY.VERSION,
  bytes: ARRAY.DATA_BYTE,
  describe(look) {
    const locked = lockedIn(look);
    const type = typeOfCode(look.words[ARRAY.TYPE]);
    const length = look.floats[ARRAY.LENGTH_F64];
    return {
      ...locked,
      measures: { ...locked.measures, length, bytes: length * (type?.bytes ?? 0) },
      details: { type: type?.name ?? 'unknown', ...locked.details },
    };
  },
};

const struct: Describer = {
  version: STRUCT.VERSION,
  bytes: STRUCT.LAYOUT_BYTE + LAYOUT_MOST,
  describe(look) {
    const locked = lockedIn(look);
    const bytes = look.size - look.words[STRUCT.FIELDS_AT];
    return {
      ...locked,
      measures: { ...locked.measures, bytes },
      details: { layout: layoutIn(look), ...locked.details },
    };
  },
};

function layoutIn({ words, bytes }: Look): unknown {
  const length = words[STRUCT.LAYOUT_BYTES];
  if (length < 0 || length > LAYOUT_MOST) return 'too long to be shown';
  const text = Buffer.from(bytes.subarray(STRUCT.LAYOUT_BYTE, STRUCT.LAYOUT_BYTE + length)).toString();
  try {
    return JSON.parse(text);
  } catch {
    return 'damaged';
  }
}

const memory: Describer = {
  version: MEMORY.VERSION,
  bytes: (MEMORY.LENGTH_F64 + 1) * 8,
  describe: ({ floats }) => description('', { measures: { bytes: floats[MEMORY.LENGTH_F64] } }),
};

const list: Describer = {
  version: LIST.VERSION,
  bytes: LOCK_END + 4,
  describe(look) {
    const own = lockIn(look);
    return { ...own, measures: { ...own.measures, length: look.words[LIST.LENGTH] } };
  },
};

const map: Describer = {
  version: MAP_VERSION,
  bytes: (BYTES_F64 + 1) * 8,
  describe(look) {
    const { words, floats } = look;
    const own = lockIn(look);
    const limit = floats[MAX_BYTES_F64];
    return {
      ...own,
      measures: {
        ...own.measures,
        length: words[COUNT],
        bytes: floats[BYTES_F64],
        ...(limit > 0 && { maxBytes: limit }),
      },
      details: {
        evict: words[EVICT] === 1 ? 'lru' : 'none',
        withExpiry: words[TIMED],
        isEmpty: words[TABLE] === 0,
        ...own.details,
      },
    };
  },
};

/** What can be told of shared memory of all kinds. */
export const describers: Describers = { value, array, struct, memory, list, map };
