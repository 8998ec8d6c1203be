#include "bell.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "system/bell.h"
#include "throw.h"

/* Tells our objects from those of other addons. */
static const napi_type_tag tag = {0x6d7062656c6c0001, 0x84f1c35be2907d16};

void mp_bell_close(int *bell) {
  if (*bell >= 0) close(*bell);
  *bell = -1;
}

static void finalize(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  mp_bell_close(data);
  free(data);
}

napi_value mp_bell_object(napi_env env, const char *path) {
  napi_value object;
  mp_error error;
  int fd;
  int connected = mp_bell_connect(path, &fd, &error);
  if (connected < 0) return mp_throw_system(env, error, path);
  if (connected == 0) return napi_get_undefined(env, &object) == napi_ok ? object : NULL;
  int *bell = malloc(sizeof *bell);
  if (bell != NULL && napi_create_object(env, &object) == napi_ok &&
      napi_type_tag_object(env, object, &tag) == napi_ok) {
    *bell = fd;
    if (napi_wrap(env, object, bell, finalize, NULL, NULL) == napi_ok) return object;
  }
  free(bell);
  close(fd);
  return mp_throw_system(env, (mp_error){"malloc", ENOMEM}, path);
}

int *mp_bell_of(napi_env env, napi_value object) {
  napi_valuetype type;
  bool is_ours;
  void *found;
  /* Asked first: to look at the tag of null throws an exception of its own. */
  if (napi_typeof(env, object, &type) == napi_ok && type == napi_object &&
      napi_check_object_type_tag(env, object, &tag, &is_ours) == napi_ok && is_ours &&
      napi_unwrap(env, object, &found) == napi_ok) {
    return found;
  }
  mp_throw_type(env, "bell must be one of bellOpen()");
  return NULL;
}
