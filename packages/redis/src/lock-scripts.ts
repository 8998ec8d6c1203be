import { Script } from './scripts.ts';
import { TOKENS } from './tokens.ts';

/*
 * A lock is one hash.
 *
 *   token   of the last acquisition; stays for a day after the last release, so that the next one is larger
 *   until   until when its lease is, on Redis's clock      ┐
 *   nonce   of the call that acquired it                   │ only while it is held or abandoned
 *   since   when it was acquired                           │
 *   found   1 = the owner before was dead                  ┘
 *
 * | until             | means     | next                                                                |
 * | ----------------- | --------- | ------------------------------------------------------------------- |
 * | none              | free      | acquire                                                             |
 * | later than now    | held      | renew; release, by its token or by anybody; abandon: until = now    |
 * | now or earlier    | abandoned | acquire, which is recovered; release; renew is refused              |
 */
/** How long the last token of a free lock is kept: the clock of a Redis is not set back by more. */
const KEPT_MS = 24 * 3_600_000;

const FREE = `
local function free(k)
  redis.call('HDEL', k, 'until', 'nonce', 'since', 'found')
  redis.call('PEXPIRE', k, ${KEPT_MS})
  redis.call('PUBLISH', k, '')
end
`;

/** nonce, ttl → 1, token, recovered · 0, ms until its lease ends */
export const acquireLock = new Script(
  'acquire the lock',
  `${TOKENS}
  local k, nonce, at = KEYS[1], ARGV[1], now()
  local h = redis.call('HMGET', k, 'until', 'nonce', 'token', 'found')
  local found = 0
  if h[1] then
    if h[2] == nonce then
      redis.call('HSET', k, 'until', text(at + ARGV[2]))
      return {1, tonumber(h[3]), tonumber(h[4])}
    end
    local left = h[1] - at
    if left > 0 then return {0, left} end
    found = 1
  end
  local token = nextToken(h[3], at)
  redis.call('HSET', k, 'token', text(token), 'until', text(at + ARGV[2]), 'nonce', nonce, 'since', text(at), 'found', found)
  redis.call('PERSIST', k)
  return {1, token, found}
`,
  { repeatable: true },
);

/** token, ttl → 1, or 0 when it is not held by that any more */
export const renewLock = new Script(
  'renew the lock',
  `
  local h, at = redis.call('HMGET', KEYS[1], 'token', 'until'), now()
  if h[1] ~= ARGV[1] or not h[2] or tonumber(h[2]) <= at then return 0 end
  redis.call('HSET', KEYS[1], 'until', text(at + ARGV[2]))
  return 1
`,
  { repeatable: true, whenFull: true },
);

/** token → 1, or 0 when another one has come in since */
export const releaseToken = new Script(
  'release the lock',
  `${FREE}
  local h = redis.call('HMGET', KEYS[1], 'token', 'until')
  if h[1] ~= ARGV[1] then return 0 end
  if h[2] then free(KEYS[1]) end
  return 1
`,
  { repeatable: true, whenFull: true },
);

/** → 1, or 0 when it is free */
export const releaseLock = new Script(
  'release the lock',
  `${FREE}
  if redis.call('HEXISTS', KEYS[1], 'until') == 0 then return 0 end
  free(KEYS[1])
  return 1
`,
  { whenFull: true },
);

/** token: its owner goes without releasing it */
export const abandonLock = new Script(
  'leave the lock',
  `
  local h = redis.call('HMGET', KEYS[1], 'token', 'until')
  if h[1] ~= ARGV[1] or not h[2] then return 0 end
  redis.call('HSET', KEYS[1], 'until', '0')
  redis.call('PUBLISH', KEYS[1], '')
  return 1
`,
  { repeatable: true, whenFull: true },
);

/** → -1 when it is free, else since when it is held, and the ms left of its lease */
export const readLock = new Script(
  'look at the lock',
  `
  local h = redis.call('HMGET', KEYS[1], 'since', 'until')
  if not h[2] then return {-1} end
  return {tonumber(h[1]), h[2] - now()}
`,
  { reads: true },
);
