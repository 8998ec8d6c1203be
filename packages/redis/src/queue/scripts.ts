import { Script } from '../scripts.ts';
import { TOKENS } from '../tokens.ts';
import { ENDS, EXPIRES, NAMES, UNDECLARED, WAKES } from './lua.ts';

/**
 * Makes the queue, or tells its limits. ARGV: kind, maxSize, maxAttempts; 0 = no limit.
 *
 * @returns kind, maxSize, maxAttempts, as they are
 */
export const DECLARE = new Script(
  'declare a queue',
  `${NAMES}
if call('EXISTS', META) == 0 then
  call('HSET', META, 'kind', ARGV[1], 'maxSize', ARGV[2], 'maxAttempts', ARGV[3], 'state', 'open')
end
return call('HMGET', META, 'kind', 'maxSize', 'maxAttempts')
`,
  { repeatable: true },
);

/**
 * Puts groups of items, in order. MEMO: what became of the last call of this producer, so that the call can be sent again when
 * its answer was lost, and one that comes late, over a connection that was given up, does nothing.
 *
 * ARGV: number of the call, ms to remember it, waiter or '', number of groups; then of each group: `w` when it may wait or
 * `t`, count, rank, bytes of each item.
 *
 * @returns -1 = there is no such queue, -2 = it was shut down; else 1 and, for each group, `1` or `0`: behind a group that has
 * to wait nothing is put
 */
export const PUT = new Script(
  'put',
  `${NAMES}${WAKES}
local before = call('GET', MEMO)
if before and tonumber(string.match(before, '^%d+')) >= tonumber(ARGV[1]) then return {1, string.match(before, '%d+$')} end
${UNDECLARED}
if state ~= 'open' then return {-2} end
local size = limit > 0 and call('ZCARD', READY) or 0
local at, did, added, isBlocked = 5, {}, 0, false
local ranks, sources = {}, {}
for group = 1, tonumber(ARGV[4]) do
  local mode, count, rank = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2]
  at = at + 3
  if isBlocked or (limit > 0 and count > 0 and size + count > limit) then
    did[group] = '0'
    isBlocked = isBlocked or mode == 'w'
  else
    did[group] = '1'
    for index = at, at + count - 1 do
      added = added + 1
      ranks[added], sources[added] = rank, ARGV[index]
    end
    size = size + count
  end
  at = at + count
end
did = table.concat(did)
if added > 0 then
  local last = call('HINCRBY', META, 'last', added) - added
  for from = 1, added, 1000 do
    local bodies, places = {}, {}
    for index = from, math.min(added, from + 999) do
      local id = string.format('%016.0f', last + index)
      bodies[#bodies + 1] = id
      bodies[#bodies + 1] = sources[index]
      places[#places + 1] = ranks[index]
      places[#places + 1] = id
    end
    call('HSET', ITEMS, unpack(bodies))
    call('ZADD', READY, unpack(places))
  end
  call('SET', MEMO, ARGV[1] .. ' ' .. did, 'PX', ARGV[2])
  wake(GETS, 'gets', added)
end
if isBlocked then
  wait(PUTS, ARGV[3])
elseif limit > 0 and size < limit then
  wake(PUTS, 'puts', 1)
end
return {1, did}
`,
  { repeatable: true },
);

/**
 * Leases the first items, after confirming what was got before.
 *
 * ARGV: mode, most, waiter or '', holder, ms that the holder lives from now, ZPOPMIN or ZPOPMAX, ms that an unheard holder has
 * left (0 = all its time), turn, so many items leave somebody waiting, number of confirmed; then id and token of each. MEMO: the turn of the holder. A call of an earlier one
 * comes late, over a connection that was given up, and nobody would see what it takes.
 *
 * @returns -1 = there is no such queue, -2 = nothing will come any more; 0 = nothing now, and ms until what is leased may come
 * back (-1 = nothing is); 1, whether the queue is open, ms as before when somebody is left who waits, else -2, and of each item: id,
 * token, bytes, how often it came back
 */
export const TAKE = new Script(
  'take',
  `${TOKENS}${NAMES}${WAKES}${ENDS}${EXPIRES}
${UNDECLARED}
if tonumber(call('GET', MEMO) or 0) > tonumber(ARGV[8]) then return {0, -1} end
local ids, tokens = {}, {}
for index = 1, tonumber(ARGV[10]) do ids[index], tokens[index] = ARGV[9 + 2 * index], ARGV[10 + 2 * index] end
settleDone(ids, tokens)
local time = now()
expire(time)
local mode = ARGV[1]
local function waitHere()
  wait(mode == 'd' and LETTER_GETS or GETS, ARGV[3])
  return msToExpiry(time, tonumber(ARGV[7]))
end
local popped = call(ARGV[6], mode == 'd' and LETTERS or READY, ARGV[2])
if #popped == 0 then
  if state ~= 'open' then
    local isOver = call('HLEN', LEASES) == 0
    if mode == 'd' then isOver = isOver and call('ZCARD', READY) == 0
    else isOver = isOver or state == 'discarded' end
    if isOver then return {-2} end
  end
  return {0, waitHere()}
end
local count = #popped / 2
local token = nextToken(call('HGET', META, 'token'), time) - 1
call('HSET', META, 'token', text(token + count))
local reply = {1, state == 'open' and 1 or 0, -2}
for from = 1, count, 1000 do
  local fields, records = {}, {}
  local last = math.min(count, from + 999)
  for index = from, last do
    local id, rank = popped[2 * index - 1], popped[2 * index]
    fields[#fields + 1] = id
    fields[#fields + 1] = id .. 'a'
    records[#records + 1] = id
    records[#records + 1] = text(token + index) .. ' ' .. ARGV[4] .. ' ' .. mode .. ' ' .. rank
  end
  local found = call('HMGET', ITEMS, unpack(fields))
  call('HSET', LEASES, unpack(records))
  for index = from, last do
    local at = 2 * (index - from)
    reply[#reply + 1] = popped[2 * index - 1]
    reply[#reply + 1] = text(token + index)
    reply[#reply + 1] = found[at + 1]
    reply[#reply + 1] = found[at + 2] or '0'
  end
end
call('ZADD', HOLDERS, time + tonumber(ARGV[5]), ARGV[4])
if mode ~= 'd' then
  if limit > 0 then wake(PUTS, 'puts', count) end
  if call('EXISTS', GETS) == 1 and call('ZCARD', READY) > 0 then wake(GETS, 'gets', 1) end
end
-- It would come again at once, and find nothing.
if count <= tonumber(ARGV[9]) then reply[3] = waitHere() end
return reply
`,
  { whenFull: true },
);

/**
 * Ends leases. MEMO: what became of the last call of this consumer.
 *
 * ARGV: number of the call, ms to remember it, then of each lease: id, token, and `a` = done, `r` = it failed, `u` = it was
 * never seen, `x` = it cannot be read.
 *
 * @returns for each lease `1`, or `0` when the lease was lost: a late answer changes nothing
 */
export const SETTLE = new Script(
  'settle',
  `${NAMES}${WAKES}${ENDS}
local before = call('GET', MEMO)
if before and tonumber(string.match(before, '^%d+')) >= tonumber(ARGV[1]) then return string.match(before, '%d+$') end
readMeta()
local did = {}
local ids, tokens, places = {}, {}, {}
for at = 3, #ARGV, 3 do
  local place = at / 3
  if ARGV[at + 2] == 'a' then
    ids[#ids + 1], tokens[#tokens + 1], places[#places + 1] = ARGV[at], ARGV[at + 1], place
  else
    did[place] = settle(ARGV[at], ARGV[at + 1], ARGV[at + 2]) and '1' or '0'
  end
end
for index, isDone in ipairs(settleDone(ids, tokens)) do did[places[index]] = isDone and '1' or '0' end
did = table.concat(did)
call('SET', MEMO, ARGV[1] .. ' ' .. did, 'PX', ARGV[2])
return did
`,
  { repeatable: true, whenFull: true },
);

/**
 * Takes back what a holder has. ARGV: holder; then `r` when it leaves: all have failed; or `u`, its new turn,
 * ms to remember that, and the tokens that it knows of: the others were never seen. MEMO: its turn.
 *
 * @returns those of these tokens by which it has something
 */
export const RECLAIM = new Script(
  'reclaim',
  `${NAMES}${WAKES}${ENDS}
readMeta()
local known = {}
for at = 5, #ARGV do known[ARGV[at]] = true end
local found = {}
local all = call('HGETALL', LEASES)
for at = 1, #all, 2 do
  local token, holder = string.match(all[at + 1], '^(%S+) (%S+)')
  if holder == ARGV[1] then
    if known[token] then found[#found + 1] = token
    else giveBack(all[at], all[at + 1], ARGV[2] == 'r') end
  end
end
if ARGV[2] == 'u' then
  call('SET', MEMO, ARGV[3], 'PX', ARGV[4])
else
  for _, names in ipairs({ HOLDERS, GETS, PUTS, LETTER_GETS, JOINS }) do call('ZREM', names, ARGV[1]) end
end
return found
`,
  { repeatable: true, whenFull: true },
);

/** @returns -1 = there is no such queue; else 0, how many are ready, dead letters, state, maxSize */
export const LOOK = new Script(
  'look at a queue',
  `${NAMES}${WAKES}${ENDS}${EXPIRES}
${UNDECLARED}
expire(now())
return {0, call('ZCARD', READY), call('ZCARD', LETTERS), state, limit}
`,
  { repeatable: true, whenFull: true },
);

/** ARGV: waiter or '', ms that an unheard holder has left. @returns as TAKE; -2 = all that was put is done */
export const JOIN = new Script(
  'join',
  `${NAMES}${WAKES}${ENDS}${EXPIRES}
${UNDECLARED}
local time = now()
expire(time)
if call('ZCARD', READY) == 0 and call('HLEN', LEASES) == 0 then return {-2} end
wait(JOINS, ARGV[1])
return {0, msToExpiry(time, tonumber(ARGV[2]))}
`,
  { repeatable: true, whenFull: true },
);

/** ARGV: 1 to discard. @returns -1 = there is no such queue; else 0, and how many were discarded */
export const SHUT_DOWN = new Script(
  'shut down',
  `${NAMES}${WAKES}${ENDS}
${UNDECLARED}
local discarded = 0
if ARGV[1] == '1' then
  local ids = call('ZRANGE', READY, 0, -1)
  discarded = #ids
  for from = 1, discarded, 1000 do
    local fields = {}
    for index = from, math.min(discarded, from + 999) do
      fields[#fields + 1] = ids[index]
      fields[#fields + 1] = ids[index] .. 'a'
    end
    call('HDEL', ITEMS, unpack(fields))
  end
  call('DEL', READY)
end
if state ~= 'discarded' then
  state = ARGV[1] == '1' and 'discarded' or 'closed'
  call('HSET', META, 'state', state)
end
wake(PUTS, 'puts', ALL)
wake(GETS, 'gets', ALL)
wake(LETTER_GETS, 'letters', ALL)
finished()
return {0, discarded}
`,
  { whenFull: true },
);

/** One that was woken has no use for that any more: the next one is woken, if there is something for it. */
export const PASS_ON = new Script(
  'pass on a wake',
  `${NAMES}${WAKES}
readMeta()
local size = call('ZCARD', READY)
if size > 0 then wake(GETS, 'gets', 1) end
if limit and limit > size then wake(PUTS, 'puts', 1) end
if call('ZCARD', LETTERS) > 0 then wake(LETTER_GETS, 'letters', 1) end
return 0
`,
  { repeatable: true, whenFull: true },
);

/** Removes the queue with all that is in it; those that wait find it empty, and new. @returns whether there was one */
export const UNLINK = new Script(
  'unlink a queue',
  `${NAMES}${WAKES}
local was = call('DEL', META)
call('DEL', ITEMS, READY, LEASES, HOLDERS, LETTERS)
wake(GETS, 'gets', ALL)
wake(PUTS, 'puts', ALL)
wake(LETTER_GETS, 'letters', ALL)
wake(JOINS, 'joins', ALL)
return was
`,
  { whenFull: true },
);
