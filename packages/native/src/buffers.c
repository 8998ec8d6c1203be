#include "buffers.h"

#include <errno.h>
#include <stdio.h>

#include "system/mappings.h"
#include "throw.h"

/* May come late: from the end of an environment, of which nothing may be used then. */
static void finalize(napi_env env, void *data, void *hint) {
  (void)env;
  (void)data;
  mp_record_drop(hint);
}

/* Node 26.0 to 26.8 end the process for a larger one, instead of refusing it: https://github.com/nodejs/node/issues/65534. */
static bool ends_the_process(napi_env env, size_t size) {
  const napi_node_version *node;
  if (size < (size_t)1 << 35 || napi_get_node_version(env, &node) != napi_ok) return false;
  return node->major == 26 && node->minor < 9;
}

napi_value mp_buffer_wrap(napi_env env, const char *path, mp_mapping mapping, enum mp_at_end at_end,
                          enum mp_at_end on_failure) {
  napi_value buffer;
  if (ends_the_process(env, mapping.size)) {
    mp_segment_end(path, mapping, on_failure);
    char message[512];
    snprintf(message, sizeof message,
             "Cannot map %zu bytes of '%.300s': Node 26.0 to 26.8 end the process for a buffer of 32 GiB or more. "
             "Use Node 26.9 or newer",
             mapping.size, path);
    return mp_throw_code(env, "ERR_BUFFER_TOO_LARGE", message);
  }
  mp_record *record = mp_record_add(path, mapping, at_end);
  if (record == NULL) {
    mp_segment_end(path, mapping, on_failure);
    return mp_throw_system(env, (mp_error){"malloc", ENOMEM}, path);
  }
  /* Two holders: the finalizer, and this function. A runtime that refuses the buffer (too large for it) may still
     run the finalizer, now or later. */
  mp_record_hold(record);
  napi_status status = napi_create_external_arraybuffer(env, mapping.address, mapping.size, finalize, record, &buffer);
  if (status == napi_ok) {
    mp_record_drop(record);
    return buffer;
  }
  mp_record_set_at_end(record, on_failure);
  mp_record_end(record);
  mp_record_drop(record);
  if (status == napi_no_external_buffers_allowed) {
    mp_record_drop(record);
    return mp_throw_code(env, "ERR_MP_UNSUPPORTED_PLATFORM",
                         "Cannot map a segment: this runtime does not allow memory from outside its heap");
  }
  /* An exception of the runtime, if there is one, stays the one that is thrown. */
  return mp_throw_system(env, (mp_error){"mmap", ENOMEM}, path);
}

void mp_buffer_detach(napi_env env, napi_value buffer, enum mp_at_end at_end) {
  void *address;
  size_t size;
  if (napi_get_arraybuffer_info(env, buffer, &address, &size) != napi_ok) {
    mp_throw_type(env, "buffer must be an ArrayBuffer");
    return;
  }
  mp_record *record = address == NULL ? NULL : mp_record_find(address);
  if (record == NULL) {
    mp_throw_type(env, "buffer must be one of create() or attach() that was not detached");
    return;
  }
  /* Detaching may run the finalizer. */
  mp_record_hold(record);
  if (napi_detach_arraybuffer(env, buffer) == napi_ok) {
    /* SAFETY: this object owned the pages until now. Had they been moved by transfer(), its address would have been
       NULL and nothing was found. So they cannot be reached, and the finalizer will find the mapping ended. */
    mp_record_set_at_end(record, at_end);
    mp_record_end(record);
  } else {
    mp_throw_type(env, "buffer cannot be detached");
  }
  mp_record_drop(record);
}
