import { Script } from './scripts.ts';

/*
 * A semaphore is one hash, and, if its permits have leases, a sorted set of those that are out.
 *
 *   value    free permits
 *   first    how many there were at first
 *   ttl      of its permits, in ms; 0 = they have no lease
 *   found    permits that came back from dead owners, and were not handed out since: the next ones are recovered
 *
 *   out      nonce of the acquisition → until when its lease is, on Redis's clock
 *
 * Permits whose lease has ended are put back by the next script that looks.
 */
const OPEN = `
local k, out = KEYS[1], KEYS[2]
local function open(first, ttl, writes)
  local h = redis.call('HMGET', k, 'value', 'first', 'ttl')
  if h[1] then
    if h[2] ~= first or h[3] ~= ttl then return nil, {-1, tonumber(h[2]), tonumber(h[3])} end
    return tonumber(h[1])
  end
  if writes then redis.call('HSET', k, 'value', first, 'first', first, 'ttl', ttl) end
  return tonumber(first)
end
`;

const RECLAIM = `
local function reclaim(at)
  local dead = redis.call('ZREMRANGEBYSCORE', out, '-inf', at)
  if dead == 0 then return 0 end
  redis.call('HINCRBY', k, 'found', dead)
  redis.call('HINCRBY', k, 'value', dead)
  return dead
end
`;

const ACQUIRE = `${OPEN}${RECLAIM}
local first, ttl, nonce, at = ARGV[1], ARGV[2], ARGV[3], now()
local value, other = open(first, ttl, true)
if other then return other end
if ttl == '0' then
  if value <= 0 then return {0, -1} end
  redis.call('HINCRBY', k, 'value', -1)
  return {1, 0}
end
local mine = redis.call('ZSCORE', out, nonce)
if mine then
  redis.call('ZADD', out, text(at + ttl), nonce)
  return {1, 0}
end
value = value + reclaim(at)
if value <= 0 then
  local next = redis.call('ZRANGE', out, 0, 0, 'WITHSCORES')
  return {0, next[2] and next[2] - at or -1}
end
redis.call('HINCRBY', k, 'value', -1)
local found = tonumber(redis.call('HGET', k, 'found')) or 0
if found > 0 then redis.call('HINCRBY', k, 'found', -1) end
redis.call('ZADD', out, text(at + ttl), nonce)
return {1, found > 0 and 1 or 0}
`;

/** first, ttl, nonce → 1, recovered · 0, ms until a lease ends, or -1 · -1, the first value and the ttl it has */
export const acquireLeased = new Script('acquire the semaphore', ACQUIRE, { repeatable: true });
/** The same for permits without a lease: what has happened is not known by the nonce. */
export const acquirePlain = new Script('acquire the semaphore', ACQUIRE);

/** nonce, ttl → 1, or 0 when it was taken back */
export const renewPermit = new Script(
  'renew the permit',
  `
  local left = redis.call('ZSCORE', KEYS[2], ARGV[1])
  local at = now()
  if not left or tonumber(left) <= at then return 0 end
  redis.call('ZADD', KEYS[2], text(at + ARGV[2]), ARGV[1])
  return 1
`,
  { repeatable: true, whenFull: true },
);

/** nonce → 1, or 0 when it was taken back */
export const releasePermit = new Script(
  'release the permit',
  `
  if redis.call('ZREM', KEYS[2], ARGV[1]) == 0 then return 0 end
  redis.call('HINCRBY', KEYS[1], 'value', 1)
  redis.call('PUBLISH', KEYS[1], '')
  return 1
`,
  { repeatable: true, whenFull: true },
);

/** nonce: its owner goes without giving it back */
export const abandonPermit = new Script(
  'leave the permit',
  `
  if redis.call('ZADD', KEYS[2], 'XX', 'CH', 0, ARGV[1]) == 0 then return 0 end
  redis.call('PUBLISH', KEYS[1], '')
  return 1
`,
  { repeatable: true, whenFull: true },
);

/** first, ttl, count, bounded → 1 · 0 when there would be more than at first · -1, what it has */
export const releaseSemaphore = new Script(
  'release the semaphore',
  `${OPEN}
  local value, other = open(ARGV[1], ARGV[2], true)
  if other then return other end
  if ARGV[4] == '1' and value + ARGV[3] > tonumber(ARGV[1]) then return {0} end
  redis.call('HINCRBY', k, 'value', ARGV[3])
  redis.call('PUBLISH', k, '')
  return {1}
`,
  { whenFull: true },
);

/** first, ttl → 0, value · -1, what it has */
export const readSemaphore = new Script(
  'look at the semaphore',
  `${OPEN}
  local value, other = open(ARGV[1], ARGV[2], false)
  if other then return other end
  return {0, value + redis.call('ZCOUNT', out, '-inf', now())}
`,
  { reads: true },
);
