import { ADMITS } from './fence.ts';
import { Script } from './scripts.ts';

/*
 * A map is three keys.
 *
 *   (main)   hash: key → message of the value
 *   ends     sorted set: key → when it expires, on Redis's clock; only keys that do
 *   fence    hash: its field "token" is the largest token that has written
 *
 * An entry whose time has come is absent for readers at once; writers free it, a few at each write.
 */
const EXPIRY = `
local map, ends, at = KEYS[1], KEYS[2], now()
local expires = redis.call('EXISTS', ends) == 1
local function isOver(key)
  if not expires then return false end
  local ms = redis.call('ZSCORE', ends, key)
  return ms and tonumber(ms) <= at
end
`;

const WRITES = `${EXPIRY}${ADMITS}
local function sweep()
  if not expires then return end
  for _, key in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', at, 'LIMIT', 0, 20)) do
    redis.call('HDEL', map, key)
    redis.call('ZREM', ends, key)
  end
end
`;

/** keys → their values */
export const readEntries = new Script(
  'read the map',
  `${EXPIRY}
  local values = {}
  for i, key in ipairs(ARGV) do values[i] = not isOver(key) and redis.call('HGET', map, key) end
  return values
`,
  { reads: true },
);

/** → how many entries */
export const countEntries = new Script(
  'count the map',
  `${EXPIRY}
  return redis.call('HLEN', map) - (expires and redis.call('ZCOUNT', ends, '-inf', at) or 0)
`,
  { reads: true },
);

/** token, ttl, key, value, key, value … → 1 · the larger token */
export const writeEntries = new Script(
  'write the map',
  `${WRITES}
  local isAdmitted, seen = admits(KEYS[3], 'token', ARGV[1])
  if not isAdmitted then return seen end
  sweep()
  for i = 3, #ARGV, 2 do
    redis.call('HSET', map, ARGV[i], ARGV[i + 1])
    if ARGV[2] ~= '' then redis.call('ZADD', ends, text(at + ARGV[2]), ARGV[i])
    elseif expires then redis.call('ZREM', ends, ARGV[i]) end
  end
  return 1
`,
);

/** token, key → 1 or 0: whether it was there · the larger token */
export const deleteEntry = new Script(
  'delete of the map',
  `${WRITES}
  local isAdmitted, seen = admits(KEYS[3], 'token', ARGV[1])
  if not isAdmitted then return seen end
  sweep()
  if expires then redis.call('ZREM', ends, ARGV[2]) end
  return redis.call('HDEL', map, ARGV[2])
`,
  { whenFull: true },
);

/** token → 1 · the larger token */
export const clearEntries = new Script(
  'clear the map',
  `${WRITES}
  local isAdmitted, seen = admits(KEYS[3], 'token', ARGV[1])
  if not isAdmitted then return seen end
  redis.call('UNLINK', map, ends)
  return 1
`,
  { whenFull: true },
);

/**
 * token, key, '1' and the value that is expected or '0', '1' and the new value or '0' → 1, the value before (if it is not the
 * expected one, nothing was changed) · 0, the larger token
 */
export const exchangeEntry = new Script(
  'change the map',
  `${WRITES}
  local key, wanted, value = ARGV[2], ARGV[3] == '1' and ARGV[4], ARGV[5] == '1' and ARGV[6]
  local before = not isOver(key) and redis.call('HGET', map, key)
  if before ~= wanted then return {1, before} end
  local isAdmitted, seen = admits(KEYS[3], 'token', ARGV[1])
  if not isAdmitted then return {0, seen} end
  sweep()
  if value then
    redis.call('HSET', map, key, value)
    if not before and expires then redis.call('ZREM', ends, key) end
  else
    redis.call('HDEL', map, key)
    if expires then redis.call('ZREM', ends, key) end
  end
  return {1, before}
`,
);

/** cursor → cursor, key, value, key, value … */
export const scanEntries = new Script(
  'read the map',
  `${EXPIRY}
  local found = redis.call('HSCAN', map, ARGV[1], 'COUNT', 256)
  local all = {found[1]}
  for i = 1, #found[2], 2 do
    if not isOver(found[2][i]) then
      all[#all + 1] = found[2][i]
      all[#all + 1] = found[2][i + 1]
    end
  end
  return all
`,
  { reads: true },
);
