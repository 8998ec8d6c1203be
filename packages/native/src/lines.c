#include "lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "bell.h"
#include "system/futex.h"
#include "system/line.h"
#include "system/mappings.h"
#include "throw.h"

/* So many ends of lines; others do without. */
#define LINES_MOST 256
/* So many agents. Of two that would have the same place, the second is rung by JavaScript. */
#define PEERS 64

/* Control words: what was done, and then for each line the entry of a wait that may be served here, 0 = there is none. */
enum { LINE, LENGTH, LEFT, MORE, ENTRIES, CONTROL_WORDS = ENTRIES + LINES_MOST };
/* Of such an entry: the wait only wants to know that there is something. */
#define TOLD 0x40000000
/* What `places` has. */
enum {
  OUT, OUT_FIRST, IN, IN_FIRST, RING_BYTES, WAITERS, FAR_WAITERS, SENDERS, CAPACITY, FAR, ME,
  PUT_LATCH, GET_LATCH, STATE, READY, LEASED, PLACES
};
/* What lineSleep() answers. */
enum { NOT_RUNG, RUNG, TAKEN };

typedef struct {
  mp_line line; /* its words are NULL when the place is free */
  void *bytes;
  uint32_t room;
  napi_ref held[2];
} one_line;

typedef struct {
  uint32_t id; /* 0 = none */
  const void *page;
  uint32_t *rung; /* its mode is the next word */
  const int *bell; /* NULL = not connected */
  char *path;      /* of its doorbell */
  napi_ref held[2];
} known_peer;

struct mp_lines {
  uint32_t *rung; /* of this thread's agent; its mode is the next word */
  int32_t *control; /* NULL before the agent is known */
  int used;
  one_line all[LINES_MOST];
  known_peer peers[PEERS];
};

mp_lines *mp_lines_new(void) { return calloc(1, sizeof(mp_lines)); }

void mp_lines_free(mp_lines *lines) {
  for (int i = 0; i < PEERS; i++) free(lines->peers[i].path);
  free(lines);
}

static void let_go(napi_env env, napi_ref held[2]) {
  for (int i = 0; i < 2; i++) {
    if (held[i] != NULL) napi_delete_reference(env, held[i]);
    held[i] = NULL;
  }
}

static void close_line(napi_env env, mp_lines *lines, one_line *line) {
  let_go(env, line->held);
  lines->control[ENTRIES + (line - lines->all)] = 0;
  *line = (one_line){0};
}

static bool take_words(napi_env env, napi_value value, size_t least, const char *message, int32_t **words) {
  napi_typedarray_type type;
  size_t count;
  void *found;
  if (napi_get_typedarray_info(env, value, &type, &count, &found, NULL, NULL) == napi_ok && type == napi_int32_array &&
      count >= least) {
    *words = found;
    return true;
  }
  mp_throw_type(env, message);
  return false;
}

/* The word of an agent's page that is set when it is rung. */
static uint32_t *take_rung(napi_env env, napi_value page, napi_value offset, void **address) {
  size_t size;
  uint32_t *rung = mp_take_word(env, page, offset);
  if (rung == NULL || napi_get_arraybuffer_info(env, page, address, &size) != napi_ok) return NULL;
  if (mp_record_find(*address) != NULL && (size_t)((char *)(rung + 2) - (char *)*address) <= size) return rung;
  mp_throw_type(env, "page must be an ArrayBuffer of create() or attach() with two words at byteOffset");
  return NULL;
}

/* NULL = it is not open */
static one_line *line_of(napi_env env, mp_lines *lines, napi_value value) {
  int32_t number;
  if (napi_get_value_int32(env, value, &number) != napi_ok || number < 0 || number >= lines->used) return NULL;
  return lines->all[number].line.words == NULL ? NULL : &lines->all[number];
}

static one_line *take_line(napi_env env, mp_lines *lines, napi_value value) {
  one_line *line = line_of(env, lines, value);
  if (line == NULL) mp_throw_range(env, "line must be one of lineOpen() that is open");
  return line;
}

static bool take_agent(napi_env env, napi_value value, uint32_t *agent) {
  int64_t id;
  if (!mp_take_whole(env, value, 1, 0x3fffffff, "agent must be a whole number from 1 to 2^30-1", &id)) return false;
  *agent = (uint32_t)id;
  return true;
}

napi_value mp_lines_control(napi_env env, mp_lines *lines, napi_callback_info info) {
  napi_value arguments[3];
  napi_ref held;
  void *page;
  int32_t *control;
  if (!mp_take(env, info, 3, arguments)) return NULL;
  uint32_t *rung = take_rung(env, arguments[0], arguments[1], &page);
  if (rung == NULL || !take_words(env, arguments[2], CONTROL_WORDS, "control must be an Int32Array of 260", &control))
    return NULL;
  if (lines->control != NULL) return mp_throw_state(env, "This thread has its control words already");
  /* For as long as the thread lives. */
  if (napi_create_reference(env, arguments[0], 1, &held) != napi_ok ||
      napi_create_reference(env, arguments[2], 1, &held) != napi_ok) {
    return NULL;
  }
  lines->rung = rung;
  lines->control = control;
  return NULL;
}

static bool has(size_t words, int32_t place, uint64_t count) {
  return place >= 0 && (uint64_t)place + count <= words;
}

/* A direction that a line does not have begins at word 0. */
static bool fits(const int32_t *places, size_t words) {
  int32_t capacity = places[CAPACITY], bytes = places[RING_BYTES];
  if (capacity < 1 || capacity > 1024 || bytes < 64 || bytes % 8 != 0) return false;
  for (int i = 0; i < 2; i++) {
    int32_t ring = places[i == 0 ? OUT : IN], first = places[i == 0 ? OUT_FIRST : IN_FIRST];
    if (!has(words, ring, MP_RING_WORDS) || !has(words, first, (uint64_t)bytes / 4)) return false;
  }
  uint64_t table = MP_TABLE_WORDS((uint64_t)capacity);
  for (int i = PUT_LATCH; i < PLACES; i++)
    if (!has(words, places[i], 1)) return false;
  return has(words, places[WAITERS], table) && has(words, places[FAR_WAITERS], table) &&
         has(words, places[SENDERS], table) && has(words, places[FAR], 1);
}

napi_value mp_lines_open(napi_env env, mp_lines *lines, napi_callback_info info) {
  napi_value arguments[3], result;
  void *segment;
  const void *bytes;
  size_t size, room;
  int32_t *places, number = 0;
  if (!mp_take(env, info, 3, arguments)) return NULL;
  if (napi_get_arraybuffer_info(env, arguments[0], &segment, &size) != napi_ok || segment == NULL ||
      mp_record_find(segment) == NULL) {
    return mp_throw_type(env, "segment must be an ArrayBuffer of create() or attach() that was not detached");
  }
  if (!take_words(env, arguments[1], PLACES, "places must be an Int32Array of 16", &places) ||
      !mp_take_bytes(env, arguments[2], "bytes must be a Uint8Array", &bytes, &room)) {
    return NULL;
  }
  if (!fits(places, size / 4)) return mp_throw_range(env, "places must be in the segment");
  while (number < lines->used && lines->all[number].line.words != NULL) number++;
  if (number == LINES_MOST || lines->control == NULL) number = -1;
  if (napi_create_int32(env, number, &result) != napi_ok || number < 0) return result;
  one_line *line = &lines->all[number];
  *line = (one_line){
      .line = {.words = segment,
               .out = (uint32_t)places[OUT],
               .out_first = (uint32_t)places[OUT_FIRST],
               .in = (uint32_t)places[IN],
               .in_first = (uint32_t)places[IN_FIRST],
               .ring_bytes = (uint32_t)places[RING_BYTES],
               .waiters = (uint32_t)places[WAITERS],
               .far_waiters = (uint32_t)places[FAR_WAITERS],
               .senders = (uint32_t)places[SENDERS],
               .capacity = (uint32_t)places[CAPACITY],
               .far = (uint32_t)places[FAR],
               .me = (uint32_t)places[ME],
               .put_latch = (uint32_t)places[PUT_LATCH],
               .get_latch = (uint32_t)places[GET_LATCH],
               .state = (uint32_t)places[STATE],
               .ready = (uint32_t)places[READY],
               .leased = (uint32_t)places[LEASED]},
      .bytes = (void *)(uintptr_t)bytes,
      .room = (uint32_t)(room > UINT32_MAX ? UINT32_MAX : room),
  };
  napi_create_reference(env, arguments[0], 1, &line->held[0]);
  napi_create_reference(env, arguments[2], 1, &line->held[1]);
  if (number == lines->used) lines->used++;
  return result;
}

napi_value mp_lines_close(napi_env env, mp_lines *lines, napi_callback_info info) {
  napi_value arguments[1];
  if (!mp_take(env, info, 1, arguments)) return NULL;
  one_line *line = line_of(env, lines, arguments[0]);
  if (line != NULL) close_line(env, lines, line);
  return NULL;
}

static void forget(napi_env env, known_peer *peer) {
  let_go(env, peer->held);
  free(peer->path);
  *peer = (known_peer){0};
}

void mp_lines_drop(napi_env env, mp_lines *lines, const void *address) {
  if (address == NULL) return;
  for (int i = 0; i < lines->used; i++)
    if (lines->all[i].line.words == address) close_line(env, lines, &lines->all[i]);
  for (int i = 0; i < PEERS; i++)
    if (lines->peers[i].page == address) forget(env, &lines->peers[i]);
}

/* The agent that is to be rung there, when it is known. 0 = none */
static uint32_t waiter(const mp_lines *lines, const mp_line *line, mp_peer *out) {
  uint32_t agent = mp_line_waiter(line);
  const known_peer *known = &lines->peers[agent % PEERS];
  if (agent == 0 || known->id != agent) return 0;
  *out = (mp_peer){known->rung, known->rung + 1, known->bell == NULL ? -1 : *known->bell, known->path};
  return agent;
}

napi_value mp_lines_send(napi_env env, mp_lines *lines, napi_callback_info info) {
  napi_value arguments[4], result;
  const void *bytes;
  size_t size;
  int64_t length, flags;
  mp_peer peer;
  if (!mp_take(env, info, 4, arguments)) return NULL;
  const one_line *line = take_line(env, lines, arguments[0]);
  if (line == NULL || !mp_take_bytes(env, arguments[1], "bytes must be a Uint8Array", &bytes, &size)) return NULL;
  if (!mp_take_whole(env, arguments[2], 0, (double)size, "length must be that of bytes, or less", &length) ||
      !mp_take_whole(env, arguments[3], 0, INT32_MAX, "flags must be a whole number from 0 to 2^31-1", &flags)) {
    return NULL;
  }
  uint32_t agent = waiter(lines, &line->line, &peer);
  enum mp_sent sent = agent == 0 || length > UINT32_MAX ? MP_NOT_SENT
                                                        : mp_line_send(&line->line, agent, &peer, bytes,
                                                                       (uint32_t)length, (uint32_t)flags);
  return napi_create_int32(env, (int)sent, &result) == napi_ok ? result : NULL;
}

napi_value mp_lines_wake(napi_env env, mp_lines *lines, napi_callback_info info) {
  napi_value arguments[1], result;
  mp_peer peer;
  if (!mp_take(env, info, 1, arguments)) return NULL;
  const one_line *line = take_line(env, lines, arguments[0]);
  if (line == NULL) return NULL;
  uint32_t agent = waiter(lines, &line->line, &peer);
  bool rung = agent != 0 && mp_line_wake(&line->line, agent, &peer);
  return napi_get_boolean(env, rung, &result) == napi_ok ? result : NULL;
}

napi_value mp_lines_enter(napi_env env, mp_lines *lines, napi_callback_info info) {
  napi_value arguments[2], result;
  bool told;
  if (!mp_take(env, info, 2, arguments)) return NULL;
  const one_line *line = take_line(env, lines, arguments[0]);
  if (line == NULL) return NULL;
  if (napi_get_value_bool(env, arguments[1], &told) != napi_ok) return mp_throw_type(env, "told must be a boolean");
  int32_t entry = mp_line_enter(&line->line);
  if (entry > 0) lines->control[ENTRIES + (line - lines->all)] = told ? entry | TOLD : entry;
  return napi_create_int32(env, entry, &result) == napi_ok ? result : NULL;
}

/* @return whether the line has something to deliver: a message, or what is left to do when one could not be taken */
static bool take_for(mp_lines *lines, int number) {
  const one_line *line = &lines->all[number];
  int32_t *control = lines->control, armed = control[ENTRIES + number];
  if (armed <= 0 || line->line.words == NULL || line->line.in == 0) return false;
  mp_taken taken = {0};
  uint32_t entry = (uint32_t)armed & ~TOLD, first = line->line.waiters;
  /* SAFETY: the entry is a number of JavaScript's. */
  if (entry < first || entry > first + MP_TABLE_WORDS(line->line.capacity) - 4) return false;
  bool is_taken = (armed & TOLD) != 0 ? mp_line_tell(&line->line, entry, &taken)
                                      : mp_line_take(&line->line, entry, line->bytes, line->room, &taken);
  if (!is_taken && !taken.more) return false;
  if (is_taken) control[ENTRIES + number] = 0;
  control[LINE] = number;
  control[LENGTH] = is_taken ? (int32_t)taken.length : -1;
  control[LEFT] = taken.left;
  control[MORE] = taken.more;
  return true;
}

void mp_lines_answer(mp_lines *lines) {
  if (lines->control == NULL) return;
  lines->control[LINE] = -1;
  /* With the ring taken from the socket, and before the look: a ring from here on sends again. */
  __atomic_store_n(lines->rung, 0, __ATOMIC_SEQ_CST);
  for (int i = 0; i < lines->used; i++)
    if (take_for(lines, i)) return;
}

napi_value mp_lines_sleep(napi_env env, mp_lines *lines, napi_callback_info info) {
  napi_value arguments[3], result;
  double milliseconds;
  int64_t mode;
  if (!mp_take(env, info, 3, arguments)) return NULL;
  const one_line *line = take_line(env, lines, arguments[0]);
  if (line == NULL || !mp_take_whole(env, arguments[1], 0, INT32_MAX, "mode must be a mode of agents", &mode) ||
      !mp_take_number(env, arguments[2], 0, 1000, "milliseconds must be from 0 to 1000", &milliseconds)) {
    return NULL;
  }
  uint32_t *rung = lines->rung, before = __atomic_load_n(rung + 1, __ATOMIC_SEQ_CST);
  __atomic_store_n(rung + 1, (uint32_t)mode, __ATOMIC_SEQ_CST);
  int woken = __atomic_load_n(rung, __ATOMIC_SEQ_CST) != 0 ? 0 : mp_futex_wait(rung, 0, milliseconds), code = errno;
  __atomic_store_n(rung + 1, before, __ATOMIC_SEQ_CST);
  int found = __atomic_exchange_n(rung, 0, __ATOMIC_SEQ_CST) == 1 ? RUNG : NOT_RUNG;
  if (woken < 0) return mp_throw_system(env, (mp_error){"futex", code}, "FUTEX_WAIT");
  if (found == RUNG && take_for(lines, (int)(line - lines->all))) found = TAKEN;
  return napi_create_int32(env, found, &result) == napi_ok ? result : NULL;
}

napi_value mp_lines_know(napi_env env, mp_lines *lines, napi_callback_info info) {
  napi_value arguments[5];
  uint32_t agent;
  void *page;
  char path[MP_PATH_ROOM];
  const int *bell = NULL;
  if (!mp_take_some(env, info, 4, 5, arguments) || !take_agent(env, arguments[0], &agent)) return NULL;
  uint32_t *rung = take_rung(env, arguments[1], arguments[2], &page);
  if (rung == NULL || !mp_take_path(env, arguments[3], path)) return NULL;
  if (mp_is_given(env, arguments[4]) && (bell = mp_bell_of(env, arguments[4])) == NULL) return NULL;
  known_peer *peer = &lines->peers[agent % PEERS];
  if (peer->id != 0 && peer->id != agent) return NULL;
  forget(env, peer);
  char *kept = strdup(path);
  if (kept == NULL) return mp_throw_system(env, (mp_error){"malloc", ENOMEM}, path);
  *peer = (known_peer){agent, page, rung, bell, kept, {NULL, NULL}};
  napi_create_reference(env, arguments[1], 1, &peer->held[0]);
  if (bell != NULL) napi_create_reference(env, arguments[4], 1, &peer->held[1]);
  return NULL;
}

napi_value mp_lines_forget(napi_env env, mp_lines *lines, napi_callback_info info) {
  napi_value arguments[1];
  uint32_t agent;
  if (!mp_take(env, info, 1, arguments) || !take_agent(env, arguments[0], &agent)) return NULL;
  known_peer *peer = &lines->peers[agent % PEERS];
  if (peer->id == agent) forget(env, peer);
  return NULL;
}
