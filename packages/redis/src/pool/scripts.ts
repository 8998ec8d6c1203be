import { EXPIRES, WAKES } from '../queue/lua.ts';
import { Script } from '../scripts.ts';
import { TOKENS } from '../tokens.ts';

/*
 * A pool inside Redis.
 *
 * | a call is | which means                                     | and then                                                   |
 * | --------- | ----------------------------------------------- | ---------------------------------------------------------- |
 * | ready     | its number is in `t:<task>`, by its rank        | leased by a server that has this task; gone, when cancelled |
 * | leased    | its number is in LEASES                         | answered; gone, when cancelled; lost with its server        |
 * | answered  | its answer is in `r:<giver>`                    | collected by its giver                                      |
 * | lost      |                                                 | ready again when its task is idempotent; else answered      |
 *
 * CALLS has of a call with the number N: N = its bytes, `Ni` = `giver number task rank deaths once`. Numbers are made as tokens
 * are: none is given twice, also by a Redis that has lost its memory. Servers that found nothing wait in `w:<task>` of each of their
 * tasks. Answers stay until their giver says that it has them, an hour at most.
 *
 * GIVERS has until when a giver with calls is taken for alive. Those of a dead one are done if a server has their tasks; those
 * that are still ready after that time are removed.
 *
 * The sets of tasks and the lists of answers are no keys that a script declares. NEVER is one, and never there: while the slot
 * of a pool is moved to another node, a script is refused as a whole then, and not in its middle.
 */

/** The keys of a pool, behind its main one. */
export const POOL_PARTS = ['calls', 'leases', 'holders', 'givers', 'never'] as const;

/** Ms for which answers stay that nobody collects. */
const ANSWERS_MS = 3_600_000;
/** Ms for which the waiters of a task stay of which none has looked again. */
const WAITERS_MS = 3_600_000;
/** Ms for which a giver that has not looked is taken for alive. */
const GIVER_MS = 3_600_000;
/** An idempotent task is given to so many machines that die with it. */
const MOST_DEATHS = 3;

const NAMES = `
local META, CALLS, LEASES, HOLDERS, GIVERS, MEMO = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[7]
local ALL = 1000000000
local call = redis.call
local function wait(waiters, waiter)
  if waiter == '' then return end
  call('ZADD', waiters, 'NX', call('HINCRBY', META, 'waits', 1), waiter)
  -- Nobody may ever call the tasks of an old version again. One that lives comes again every few seconds.
  call('PEXPIRE', waiters, ${WAITERS_MS})
end
`;

const ANSWERS = `
local function forget(id)
  call('HDEL', CALLS, id, id .. 'i')
  call('HDEL', LEASES, id)
end
local function answer(giver, number, kind, payload)
  local answers = META .. ':r:' .. giver
  call('RPUSH', answers, number, kind, payload)
  call('PEXPIRE', answers, ${ANSWERS_MS})
  call('PUBLISH', giver, 'answers')
end
local function infoOf(id)
  local info = call('HGET', CALLS, id .. 'i')
  if not info then return nil end
  return string.match(info, '^(%S+) (%S+) (%S+) (%S+) (%S+) (%S+)$')
end
local function again(id, giver, number, task, rank, deaths, once)
  call('HSET', CALLS, id .. 'i', giver .. ' ' .. number .. ' ' .. task .. ' ' .. rank .. ' ' .. deaths .. ' ' .. once)
  call('HDEL', LEASES, id)
  call('ZADD', META .. ':t:' .. task, rank, id)
  wake(META .. ':w:' .. task, 'calls', 1)
end
local function giveBack(id, record, isCounted)
  local giver, number, task, rank, deaths, once = infoOf(id)
  if not giver or not call('ZSCORE', GIVERS, giver) then
    forget(id)
  elseif not isCounted then
    again(id, giver, number, task, rank, deaths, once)
  elseif once == '1' or deaths + 1 >= ${MOST_DEATHS} then
    forget(id)
    answer(giver, number, 'lost', string.match(record, '^%S+ (%S+)'))
  else
    again(id, giver, number, task, rank, text(deaths + 1), once)
  end
end
`;

/** The calls of dead givers that nobody has begun are removed. */
const SWEEP = `
local function sweep(time)
  local dead = call('ZRANGEBYSCORE', GIVERS, '-inf', time)
  if #dead == 0 then return end
  local isDead = {}
  for _, giver in ipairs(dead) do
    isDead[giver] = true
    call('ZREM', GIVERS, giver)
  end
  for _, field in ipairs(call('HKEYS', CALLS)) do
    local id = string.match(field, '^(%d+)i$')
    local giver, _, task
    if id then giver, _, task = infoOf(id) end
    if isDead[giver] and call('HEXISTS', LEASES, id) == 0 then
      call('ZREM', META .. ':t:' .. task, id)
      forget(id)
    end
  end
end
`;

/**
 * Gives calls. ARGV: number of this one, ms to remember it, giver; then of each call: its number at the giver, task, priority, `1`
 * when it may run only once, its bytes. The rank is the time, and a second for each step of priority, so that nothing starves.
 *
 * @returns the number of the last one in the pool
 */
export const GIVE = new Script(
  'give work to a pool',
  `${TOKENS}${NAMES}${WAKES}
local before = call('GET', MEMO)
if before and tonumber(string.match(before, '^%d+')) >= tonumber(ARGV[1]) then return tonumber(string.match(before, '%d+$')) end
local count, time = (#ARGV - 3) / 5, now()
local last = nextToken(call('HGET', META, 'last'), time) - 1
call('HSET', META, 'last', text(last + count))
call('ZADD', GIVERS, time + ${GIVER_MS}, ARGV[3])
for index = 1, count do
  local at = 5 * index - 1
  local id = string.format('%016.0f', last + index)
  local number, task, once, bytes = ARGV[at], ARGV[at + 1], ARGV[at + 3], ARGV[at + 4]
  local rank = text(time + 1000 * ARGV[at + 2])
  call('HSET', CALLS, id, bytes, id .. 'i', ARGV[3] .. ' ' .. number .. ' ' .. task .. ' ' .. rank .. ' 0 ' .. once)
  call('ZADD', META .. ':t:' .. task, rank, id)
  wake(META .. ':w:' .. task, 'calls', 1)
end
call('SET', MEMO, ARGV[1] .. ' ' .. text(last + count), 'PX', ARGV[2])
return last + count
`,
  { repeatable: true },
);

/**
 * Leases calls of some tasks: those of the lowest rank, and among equals the oldest.
 *
 * ARGV: most, waiter or '', holder, ms that the holder lives from now, ms that an unheard holder has left, turn, tasks. MEMO: the turn of
 * the holder. A call of an earlier one comes late, over a connection that was given up, and nobody would see what it takes.
 *
 * @returns ms until what is leased may come back (-1 = nothing is), when there was less than could be taken; then of each call: id, token,
 * task, deaths, bytes
 */
export const TAKE_CALLS = new Script(
  'take work of a pool',
  `${TOKENS}${NAMES}${WAKES}${ANSWERS}${EXPIRES}${SWEEP}
if tonumber(call('GET', MEMO) or 0) > tonumber(ARGV[6]) then return {-1} end
local time = now()
expire(time)
local taken = {}
local most = tonumber(ARGV[1])
while #taken < most do
  local best, bestRank, bestTask
  for at = 7, #ARGV do
    local first = call('ZRANGE', META .. ':t:' .. ARGV[at], 0, 0, 'WITHSCORES')
    local rank = #first > 0 and tonumber(first[2])
    if rank and (not best or rank < bestRank or (rank == bestRank and first[1] < best)) then
      best, bestRank, bestTask = first[1], rank, ARGV[at]
    end
  end
  if not best then break end
  call('ZREM', META .. ':t:' .. bestTask, best)
  taken[#taken + 1] = best
end
local reply = {-1}
if #taken < most then
  for at = 7, #ARGV do wait(META .. ':w:' .. ARGV[at], ARGV[2]) end
  reply[1] = msToExpiry(time, tonumber(ARGV[5]))
end
if #taken == 0 then
  sweep(time)
  return reply
end
local token = nextToken(call('HGET', META, 'token'), time) - 1
call('HSET', META, 'token', text(token + #taken))
for index, id in ipairs(taken) do
  local _, _, task, _, deaths = infoOf(id)
  token = token + 1
  call('HSET', LEASES, id, text(token) .. ' ' .. ARGV[3])
  reply[#reply + 1] = id
  reply[#reply + 1] = text(token)
  reply[#reply + 1] = task
  reply[#reply + 1] = deaths
  reply[#reply + 1] = call('HGET', CALLS, id)
end
call('ZADD', HOLDERS, time + tonumber(ARGV[4]), ARGV[3])
return reply
`,
  { whenFull: true },
);

/** A server that was woken has no use for that. ARGV: its tasks. */
export const PASS_CALLS_ON = new Script(
  'pass on a wake',
  `${NAMES}${WAKES}
for at = 1, #ARGV do
  if call('ZCARD', META .. ':t:' .. ARGV[at]) > 0 then wake(META .. ':w:' .. ARGV[at], 'calls', 1) end
end
return 0
`,
  { repeatable: true, whenFull: true },
);

/**
 * Answers calls. ARGV: number of this one, ms to remember it, then of each: id, token, `done`, `failed`, `progress` or `back`, bytes.
 *
 * @returns for each `1`, or `0` when its lease was lost or it was cancelled: that answer reaches nobody
 */
export const ANSWER = new Script(
  'answer for a pool',
  `${NAMES}${WAKES}${ANSWERS}
local before = call('GET', MEMO)
if before and tonumber(string.match(before, '^%d+')) >= tonumber(ARGV[1]) then return string.match(before, '%d+$') end
local did = {}
for at = 3, #ARGV, 4 do
  local id, kind = ARGV[at], ARGV[at + 2]
  local record = call('HGET', LEASES, id)
  local isHeld = record and string.match(record, '^%S+') == ARGV[at + 1]
  did[#did + 1] = isHeld and '1' or '0'
  if isHeld and kind == 'back' then
    giveBack(id, record, false)
  elseif isHeld then
    local giver, number = infoOf(id)
    if kind ~= 'progress' then forget(id) end
    answer(giver, number, kind, ARGV[at + 3])
  end
end
did = table.concat(did)
call('SET', MEMO, ARGV[1] .. ' ' .. did, 'PX', ARGV[2])
return did
`,
  { repeatable: true },
);

/**
 * Gives back what a server is taken to have, and has not. ARGV: holder, its new turn, ms to remember that, the last token that it
 * has seen, and those by which it has something. MEMO: its turn. What came with a later token was never seen. What came with another
 * one was answered, by a Redis that is not there any more: it counts as lost with a server.
 *
 * @returns those of these tokens by which it has something
 */
export const RECLAIM_CALLS = new Script(
  'give back work of a pool',
  `${NAMES}${WAKES}${ANSWERS}
local known = {}
for at = 5, #ARGV do known[ARGV[at]] = true end
local found = {}
local all = call('HGETALL', LEASES)
for at = 1, #all, 2 do
  local token, holder = string.match(all[at + 1], '^(%S+) (%S+)')
  if holder == ARGV[1] then
    if known[token] then found[#found + 1] = token
    else giveBack(all[at], all[at + 1], tonumber(token) <= tonumber(ARGV[4])) end
  end
end
call('SET', MEMO, ARGV[2], 'PX', ARGV[3])
return found
`,
  { repeatable: true, whenFull: true },
);

/** A server takes no more. ARGV: holder, tasks. */
export const LEAVE_POOL = new Script(
  'leave a pool',
  `${NAMES}
for at = 2, #ARGV do call('ZREM', META .. ':w:' .. ARGV[at], ARGV[1]) end
call('ZREM', HOLDERS, ARGV[1])
return 1
`,
  { repeatable: true, whenFull: true },
);

/** Withdraws calls: those that run are stopped. ARGV: ids. @returns how many there were */
export const CANCEL = new Script(
  'cancel work of a pool',
  `${NAMES}${WAKES}${ANSWERS}
local count = 0
for at = 1, #ARGV do
  local id = ARGV[at]
  local _, _, task = infoOf(id)
  if task then
    count = count + 1
    local record = call('HGET', LEASES, id)
    if record then call('PUBLISH', string.match(record, '^%S+ (%S+)'), 'cancel ' .. id)
    else call('ZREM', META .. ':t:' .. task, id) end
    forget(id)
  end
end
return count
`,
  { repeatable: true, whenFull: true },
);

/**
 * Collects answers. MEMO: those of this giver. ARGV: how many parts of them it has, ms that an unheard holder has left, giver, `+` when it
 * has calls, `-` when it has none, or '' to say nothing of that; then ids of calls that have no answer yet.
 *
 * @returns ms until what is leased may come back (-1 = nothing is); for each of these calls `1`, or `0` when it is not there; then
 * number, kind and bytes of each answer
 */
export const COLLECT = new Script(
  'collect results of a pool',
  `${NAMES}${WAKES}${ANSWERS}${EXPIRES}${SWEEP}
if ARGV[1] ~= '0' then call('LTRIM', MEMO, ARGV[1], -1) end
local time = now()
if ARGV[4] == '+' then call('ZADD', GIVERS, time + ${GIVER_MS}, ARGV[3]) end
if ARGV[4] == '-' then call('ZREM', GIVERS, ARGV[3]) end
expire(time)
if ARGV[4] ~= '' then sweep(time) end
local reply = call('LRANGE', MEMO, 0, 2999)
local known = {}
for at = 5, #ARGV do known[#known + 1] = call('HEXISTS', CALLS, ARGV[at]) end
table.insert(reply, 1, msToExpiry(time, tonumber(ARGV[2])))
table.insert(reply, 2, table.concat(known))
return reply
`,
  { whenFull: true },
);
