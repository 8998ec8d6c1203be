/*
 * The queue inside Redis. Each script is one step of this table:
 *
 * | an item is  | which means                     | and then                                                     |
 * | ----------- | ------------------------------- | ------------------------------------------------------------ |
 * | ready       | its number is in READY          | leased; discarded                                            |
 * | leased      | its number is in LEASES         | done; ready, at its old place; a dead letter; leased by another |
 * | dead letter | its number is in LETTERS        | leased, as one; gone, when it cannot be read                 |
 * | done        | nothing of it is there          |                                                              |
 *
 * Numbers have 16 digits, so that equal ranks sort by them. ITEMS has the bytes of item N as N, and how often it came back as
 * `Na`. A lease record is `token holder mode rank`: the mode is `g` for a plain get, which is confirmed with the next call and
 * counts no attempt; `l` for a lease; `d` for a dead letter on its way.
 *
 * A lease has no time of its own. Its *holder* has one, in HOLDERS: one queue object, which a thread keeps alive. When the time
 * of a holder is over, everything that it has comes back. A holder is also a channel, on which its object is woken: one that has
 * no listener any more is dead, or cut off for a moment, and has one second left to be heard of.
 *
 * A waiter is entered by the try that found nothing, in the same step. A change pops as many waiters as it can serve and
 * wakes them. A wake is a hint: the woken one tries again. One that nobody hears was for the dead, so the next is woken.
 */

/** The keys of a queue, in the order in which its scripts get them. */
export const QUEUE_PARTS = [
  'items',
  'ready',
  'leases',
  'holders',
  'letters',
  'gets',
  'puts',
  'letter-gets',
  'joins',
] as const;

/** KEYS[1] is the main key: what the queue is. KEYS[11] is of one queue object, where a script has it. */
export const NAMES = `
local META, ITEMS, READY, LEASES, HOLDERS, LETTERS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local GETS, PUTS, LETTER_GETS, JOINS, MEMO = KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local ALL = 1000000000
local call = redis.call
local state, limit, mostAttempts
local function readMeta()
  local meta = call('HMGET', META, 'state', 'maxSize', 'maxAttempts')
  state, limit, mostAttempts = meta[1], tonumber(meta[2]), tonumber(meta[3])
  return state
end
`;

export const WAKES = `
local function wake(waiters, word, most)
  while most > 0 do
    local first = call('ZPOPMIN', waiters)
    if #first == 0 then return end
    if call('PUBLISH', first[1], word) > 0 then most = most - 1 end
  end
end
local function wait(waiters, waiter)
  if waiter ~= '' then call('ZADD', waiters, 'NX', call('HINCRBY', META, 'waits', 1), waiter) end
end
`;

/** What becomes of an item whose lease has ended. */
export const ENDS = `
local function finished()
  if call('EXISTS', GETS, LETTER_GETS, JOINS) == 0 then return end
  if call('HLEN', LEASES) > 0 or call('ZCARD', READY) > 0 then return end
  wake(JOINS, 'joins', ALL)
  if state ~= 'open' then
    wake(GETS, 'gets', ALL)
    wake(LETTER_GETS, 'letters', ALL)
  end
end
local function forget(id)
  call('HDEL', ITEMS, id, id .. 'a')
end
local function bury(id)
  call('ZADD', LETTERS, 0, id)
  wake(LETTER_GETS, 'letters', 1)
  finished()
end
local function giveBack(id, record, isCounted)
  local mode, rank = string.match(record, '^%S+ %S+ (%S+) (%S+)$')
  call('HDEL', LEASES, id)
  local isLetter = mode == 'd'
  if mode == 'l' and isCounted then
    local attempts = call('HINCRBY', ITEMS, id .. 'a', 1)
    isLetter = mostAttempts > 0 and attempts >= mostAttempts
  end
  if isLetter then
    bury(id)
  elseif state == 'discarded' then
    forget(id)
    finished()
  else
    call('ZADD', READY, rank, id)
    wake(GETS, 'gets', 1)
  end
end
local function settle(id, token, verdict)
  local record = call('HGET', LEASES, id)
  if not record or string.match(record, '^%S+') ~= token then return false end
  local isLetter = string.match(record, '^%S+ %S+ (%S+)') == 'd'
  if verdict == 'x' then
    call('HDEL', LEASES, id)
    if isLetter then
      forget(id)
      finished()
    else
      bury(id)
    end
  else
    giveBack(id, record, verdict == 'r')
  end
  return true
end
local function settleDone(ids, tokens)
  local did, seen, isAny = {}, {}, false
  for from = 1, #ids, 1000 do
    local last = math.min(#ids, from + 999)
    local records = call('HMGET', LEASES, unpack(ids, from, last))
    local leases, items = {}, {}
    for at = from, last do
      local id, record = ids[at], records[at - from + 1]
      did[at] = not not record and not seen[id] and string.match(record, '^%S+') == tokens[at]
      if did[at] then
        seen[id], isAny = true, true
        leases[#leases + 1] = id
        items[#items + 1] = id
        items[#items + 1] = id .. 'a'
      end
    end
    if #leases > 0 then
      call('HDEL', LEASES, unpack(leases))
      call('HDEL', ITEMS, unpack(items))
    end
  end
  if isAny then finished() end
  return did
end
`;

/** What the holders have whose time is over comes back. */
export const EXPIRES = `
local function expire(time)
  local over = call('ZRANGEBYSCORE', HOLDERS, '-inf', time)
  if #over == 0 then return end
  local isOver = {}
  for _, holder in ipairs(over) do
    isOver[holder] = true
    call('ZREM', HOLDERS, holder)
  end
  local all = call('HGETALL', LEASES)
  for at = 1, #all, 2 do
    if isOver[string.match(all[at + 1], '^%S+ (%S+)')] then giveBack(all[at], all[at + 1], true) end
  end
end
local function msToExpiry(time, grace)
  if call('HLEN', LEASES) == 0 then return -1 end
  local first = call('ZRANGE', HOLDERS, 0, 49, 'WITHSCORES')
  local least = -1
  for at = 1, #first, 2 do
    local ends = tonumber(first[at + 1])
    if grace > 0 and ends > time + grace and call('PUBSUB', 'NUMSUB', first[at])[2] == 0 then
      ends = time + grace
      call('ZADD', HOLDERS, ends, first[at])
    end
    if least < 0 or ends - time < least then least = ends - time end
  end
  return math.max(least, 1)
end
`;

export const UNDECLARED = `
if not readMeta() then return {-1} end
`;
