#include "line.h"

#include <string.h>

#include "bell.h"
#include "futex.h"

/* record-ring.ts and big-records.ts */
enum { TAIL = 0, SEEN = 12, HEAD = 16, UNBORN = 36, DOOMED = 40 };
enum { SLOTS = 4, SLOT = 4, RING = 0, POSITION = 1, BYTES = 2 };
enum { HEADER = 8, MARK = 8 };
#define JUMP 0xfffffffeu
#define BIG 0x80000000u

/* waiter-table.ts */
enum { ANNOUNCED = 0, TICKET = 1, NOTIFIERS = 3, SPAN = 4, ENTRIES = 16, ENTRY = 4, KIND = 2, TRY = 3 };
#define TRYING 2u
#define BEGUN 0x10000u
#define NOTIFIED 0x40000000u
#define RESERVED 0x80000000u

/* agent.ts */
enum { FUTEX = 1, LOOP = 2 };

static uint32_t load(const uint32_t *word) { return __atomic_load_n(word, __ATOMIC_SEQ_CST); }

/* Once, so that what was checked is what is used: a damaged process may write there meanwhile. */
static uint32_t load_plain(const uint32_t *word) { return __atomic_load_n(word, __ATOMIC_RELAXED); }

static void store(uint32_t *word, uint32_t value) { __atomic_store_n(word, value, __ATOMIC_SEQ_CST); }

static bool swap(uint32_t *word, uint32_t from, uint32_t to) {
  return __atomic_compare_exchange_n(word, &from, to, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static void begin_notify(uint32_t *table) { __atomic_fetch_add(&table[NOTIFIERS], BEGUN + 1, __ATOMIC_SEQ_CST); }

static void end_notify(uint32_t *table) { __atomic_fetch_sub(&table[NOTIFIERS], 1, __ATOMIC_SEQ_CST); }

static bool is_announced(const uint32_t *table) { return (load(&table[ANNOUNCED]) & 1) != 0; }

static uint32_t padded(uint32_t length) { return (length + 7) & ~7u; }

static uint32_t *slot_of(uint32_t *side, uint32_t commit) { return side + SLOTS + (commit & 1) * SLOT; }

/* Whether the next record of a side lies in ring 0, nothing is left to clear up, and the ring is empty, or not. */
static bool is_usual(const mp_line *line, uint32_t *side, const uint32_t *other, const uint32_t *note, bool empty,
                     uint32_t *commit, uint32_t *position) {
  *commit = load(side);
  const uint32_t *slot = slot_of(side, *commit);
  *position = load_plain(&slot[POSITION]);
  return (load(other) >> 1 == *commit >> 1) == empty && slot[RING] == 0 && load(note) == 0 && *position % 8 == 0 &&
         (uint64_t)*position + HEADER + MARK <= line->ring_bytes;
}

/* Moves a side on by one record, by one store. */
static void commit_side(uint32_t *side, uint32_t commit, uint32_t position, uint32_t length) {
  const uint32_t *from = slot_of(side, commit);
  uint32_t *to = slot_of(side, ~commit);
  double bytes;
  memcpy(&bytes, from + BYTES, sizeof bytes);
  bytes += length;
  to[RING] = 0;
  to[POSITION] = position;
  memcpy(to + BYTES, &bytes, sizeof bytes);
  store(side, (((commit >> 1) + 1) << 1) | (~commit & 1));
}

/* False = it is known to be dead. */
static bool ring(const mp_peer *peer) {
  mp_error error;
  if (__atomic_exchange_n(peer->rung, 1, __ATOMIC_SEQ_CST) == 1) return true;
  switch (load(peer->mode)) {
    case FUTEX:
      mp_futex_wake(peer->rung, 1);
      return true;
    case LOOP:
      return (peer->bell >= 0 ? mp_bell_ring_connected(peer->bell, &error) : mp_bell_ring(peer->path, &error)) != 0;
    default:
      return true;
  }
}

static bool choose_all(const mp_line *line, uint32_t *table, uint32_t agent, const mp_peer *peer) {
  uint32_t span = load(&table[SPAN]), before = load(&table[TICKET]);
  bool any = false;
  for (uint32_t i = 0; i < span && i < line->capacity; i++) {
    uint32_t *entry = table + ENTRIES + i * ENTRY;
    /* One that came after this look at the ticket looks at the ring itself. */
    if (load(entry) != agent || (int32_t)(entry[1] - before) >= 0 || !swap(entry, agent, agent | NOTIFIED)) continue;
    if (ring(peer)) any = true;
    else swap(entry, agent | NOTIFIED, 0);
  }
  return any;
}

/* Of those that came before this look at the ticket and were not chosen. NULL = there is none */
static uint32_t *longest_waiting(const mp_line *line, uint32_t *table, uint32_t *agent) {
  uint32_t before = load(&table[TICKET]), span = load(&table[SPAN]), ticket = 0;
  uint32_t *found = NULL;
  for (uint32_t i = 0; i < span && i < line->capacity; i++) {
    uint32_t *entry = table + ENTRIES + i * ENTRY, state = load(entry), its = load_plain(&entry[1]);
    if (state == 0 || (state & (RESERVED | NOTIFIED)) != 0 || (int32_t)(its - before) >= 0) continue;
    if (found != NULL && (int32_t)(its - ticket) >= 0) continue;
    found = entry;
    ticket = its;
    *agent = state;
  }
  return found;
}

/* What a queue does for one item. The longest waiting may be another agent by now: that is left to JavaScript. */
static bool choose_first(const mp_line *line, uint32_t *table, uint32_t agent, const mp_peer *peer) {
  uint32_t first;
  uint32_t *entry = longest_waiting(line, table, &first);
  if (entry == NULL || !swap(entry, agent, agent | NOTIFIED)) return false;
  if (ring(peer)) return true;
  swap(entry, agent | NOTIFIED, 0);
  return false;
}

uint32_t mp_line_waiter(const mp_line *line) {
  uint32_t *table = line->words + line->far_waiters;
  if (line->out == 0 || !is_announced(table)) return 0;
  if (line->put_latch != 0) {
    uint32_t first;
    return longest_waiting(line, table, &first) == NULL || first == line->me ? 0 : first;
  }
  uint32_t span = load(&table[SPAN]), agent = 0;
  for (uint32_t i = 0; i < span && i < line->capacity; i++) {
    uint32_t state = load(table + ENTRIES + i * ENTRY);
    if (state == 0) continue;
    if ((state & (RESERVED | NOTIFIED)) != 0 || (agent != 0 && state != agent)) return 0;
    agent = state;
  }
  return agent == line->me ? 0 : agent;
}

/* A peer that was never met in its event loop has no bell here: JavaScript connects to it. */
static bool can_ring(const mp_peer *peer) { return peer->bell >= 0 || load(peer->mode) != LOOP; }

/* Whether an empty ring has room for a record of `length`: where it goes. */
static bool has_room(const mp_line *line, uint32_t *out, uint32_t length, uint32_t *commit, uint32_t *position) {
  /* The length first: one near 2^32 would need next to nothing. */
  return length <= line->ring_bytes && is_usual(line, out + TAIL, out + HEAD, out + UNBORN, true, commit, position) &&
         (uint64_t)*position + HEADER + padded(length) + MARK <= line->ring_bytes;
}

/* Lays a record and commits it. That a notifier is at work is said between the two, as late as can be. */
static void lay(const mp_line *line, uint32_t *out, uint32_t *table, uint32_t commit, uint32_t position,
                const void *bytes, uint32_t length, uint32_t flags) {
  /* The reader has read everything, so it is here: as a writer in JavaScript notes it. */
  double seen = position / 8;
  memcpy(out + SEEN, &seen, sizeof seen);
  uint32_t *record = line->words + line->out_first + position / 4;
  record[0] = length;
  record[1] = flags;
  memcpy(record + 2, bytes, length);
  begin_notify(table);
  commit_side(out + TAIL, commit, position + HEADER + padded(length), length);
}

/* One item has space in a queue that has none, whatever its limits are. */
static bool is_empty_queue(const mp_line *line, const uint32_t *out) {
  return load(out + TAIL) >> 1 == load(out + HEAD) >> 1 && load(line->words + line->ready) == 0 &&
         load(line->words + line->state) == 0;
}

static enum mp_sent put(const mp_line *line, uint32_t agent, const mp_peer *peer, const void *bytes, uint32_t length,
                        uint32_t flags) {
  uint32_t *words = line->words, *out = words + line->out, *table = words + line->far_waiters;
  uint32_t *latch = words + line->put_latch, *senders = words + line->senders, commit, position;
  /* Also without the latch, so that nothing is changed in vain. */
  if (!can_ring(peer) || is_announced(senders) || !is_empty_queue(line, out) || load(latch) != 0 ||
      !has_room(line, out, length, &commit, &position) || !swap(latch, 0, line->me)) {
    return MP_NOT_SENT;
  }
  if (!has_room(line, out, length, &commit, &position) || !is_empty_queue(line, out))
    return swap(latch, line->me, 0) ? MP_NOT_SENT : MP_INSIDE;
  lay(line, out, table, commit, position, bytes, length, flags);
  if (!swap(latch, line->me, 0)) return MP_SENT | MP_INSIDE;
  enum mp_sent sent = choose_first(line, table, agent, peer) ? MP_SENT : MP_SENT | MP_NOBODY_RUNG;
  end_notify(table);
  return is_announced(senders) ? sent | MP_SENDERS_WAIT : sent;
}

enum mp_sent mp_line_send(const mp_line *line, uint32_t agent, const mp_peer *peer, const void *bytes, uint32_t length,
                          uint32_t flags) {
  uint32_t *out = line->words + line->out, *table = line->words + line->far_waiters, commit, position;
  if (line->put_latch != 0) return put(line, agent, peer, bytes, length, flags);
  if (!can_ring(peer) || !has_room(line, out, length, &commit, &position)) return MP_NOT_SENT;
  lay(line, out, table, commit, position, bytes, length, flags);
  bool rung = choose_all(line, table, agent, peer);
  end_notify(table);
  return rung ? MP_SENT : MP_SENT | MP_NOBODY_RUNG;
}

bool mp_line_wake(const mp_line *line, uint32_t agent, const mp_peer *peer) {
  return can_ring(peer) && choose_all(line, line->words + line->far_waiters, agent, peer);
}

static bool is_quiet(const mp_line *line) {
  const uint32_t *in = line->words + line->in;
  if (line->get_latch != 0) return is_empty_queue(line, in) && load(line->words + line->leased) == 0;
  return load(in + HEAD) >> 1 == load(in + TAIL) >> 1 && (line->far == 0 || load(line->words + line->far) != 0);
}

int32_t mp_line_enter(const mp_line *line) {
  uint32_t *table = line->words + line->waiters;
  if (line->in == 0 || !is_quiet(line)) return 0;
  for (uint32_t i = 0; i < line->capacity; i++) {
    uint32_t *entry = table + ENTRIES + i * ENTRY;
    if (load(entry) != 0 || !swap(entry, 0, line->me | RESERVED)) continue;
    entry[1] = __atomic_fetch_add(&table[TICKET], 1, __ATOMIC_SEQ_CST);
    entry[KIND] = 1;
    entry[TRY] = 0;
    for (uint32_t span = load(&table[SPAN]); span <= i; span = load(&table[SPAN])) swap(&table[SPAN], span, i + 1);
    store(entry, line->me);
    __atomic_fetch_or(&table[ANNOUNCED], 1, __ATOMIC_SEQ_CST);
    int32_t at = (int32_t)(entry - line->words);
    return is_quiet(line) ? at : -at;
  }
  return 0;
}

/* A chosen waiter waits again before it tries. That it tries stands in its own entry, and goes with that when it dies. */
static void begin_try(uint32_t *table, uint32_t *state) {
  __atomic_fetch_add(&table[NOTIFIERS], BEGUN, __ATOMIC_SEQ_CST);
  store(&state[TRY], TRYING);
  __atomic_fetch_and(state, ~NOTIFIED, __ATOMIC_SEQ_CST);
}

/* Gives the entry up, unless a wake has reached it meanwhile. */
static bool end_try(const mp_line *line, uint32_t *state) {
  store(&state[TRY], 0);
  return swap(state, line->me, 0);
}

/* A record at the head that can be taken by a copy. NULL = there is none of that kind */
static const uint32_t *usual_record(const mp_line *line, uint32_t room, uint32_t *commit, uint32_t *position,
                                    uint32_t *length) {
  uint32_t *in = line->words + line->in;
  if (!is_usual(line, in + HEAD, in + TAIL, in + DOOMED, false, commit, position)) return NULL;
  const uint32_t *record = line->words + line->in_first + *position / 4;
  *length = load_plain(record);
  bool fits = *length < JUMP && *length <= room && (uint64_t)*position + HEADER + *length <= line->ring_bytes;
  return fits && (record[1] & BIG) == 0 ? record : NULL;
}

static void take(const mp_line *line, const uint32_t *record, uint32_t commit, uint32_t position, uint32_t length,
                 void *bytes) {
  memcpy(bytes, record + 2, length);
  commit_side(line->words + line->in + HEAD, commit, position + HEADER + padded(length), length);
}

/* Items are taken from the ring, and nobody has to be asked whether the holder of a lease lives. */
static bool takes_from_ring(const mp_line *line) {
  return load(line->words + line->ready) == 0 && load(line->words + line->leased) == 0 &&
         !is_announced(line->words + line->senders);
}

/* The waiter has begun to try. @return false = it has not got anything */
static bool take_latched(const mp_line *line, void *bytes, uint32_t room, mp_taken *out) {
  uint32_t *words = line->words, *latch = words + line->get_latch, commit, position;
  const uint32_t *in = words + line->in;
  if (!swap(latch, 0, line->me)) return false;
  const uint32_t *record = usual_record(line, room, &commit, &position, &out->length);
  bool can_take = record != NULL && takes_from_ring(line);
  if (can_take) take(line, record, commit, position, out->length, bytes);
  out->more = !swap(latch, line->me, 0);
  if (can_take && (is_announced(words + line->senders) || !is_empty_queue(line, in))) out->more = true;
  return can_take;
}

bool mp_line_take(const mp_line *line, uint32_t entry, void *bytes, uint32_t room, mp_taken *out) {
  uint32_t *table = line->words + line->waiters, *state = line->words + entry, commit, position;
  const uint32_t *senders = line->words + line->senders;
  *out = (mp_taken){0};
  if (load(state) != (line->me | NOTIFIED) || is_announced(senders)) return false;
  const uint32_t *record = usual_record(line, room, &commit, &position, &out->length);
  if (record == NULL) return false;
  if (line->get_latch != 0) {
    if (load(line->words + line->get_latch) != 0 || !takes_from_ring(line)) return false;
    begin_try(table, state);
    if (!take_latched(line, bytes, room, out)) {
      store(&state[TRY], 0);
      return false;
    }
  } else {
    begin_try(table, state);
    take(line, record, commit, position, out->length, bytes);
    out->more = is_announced(senders);
  }
  out->left = end_try(line, state);
  return true;
}

bool mp_line_tell(const mp_line *line, uint32_t entry, mp_taken *out) {
  const uint32_t *in = line->words + line->in;
  uint32_t *table = line->words + line->waiters, *state = line->words + entry;
  if (load(state) != (line->me | NOTIFIED) || load(in + HEAD) >> 1 == load(in + TAIL) >> 1) return false;
  begin_try(table, state);
  *out = (mp_taken){.left = end_try(line, state)};
  return true;
}
