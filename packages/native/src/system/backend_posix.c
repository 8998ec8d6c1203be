#include "backend.h"

#ifdef __APPLE__
#include <dlfcn.h>
#endif

#include "sockets.h"

const char *mp_backend(void) { return "posix"; }

int mp_bell_path_most(void) { return MP_ADDRESS_MOST; }

void mp_stay_loaded(void) {
#ifdef __APPLE__
  /* Its linker cannot be told so, as that of ELF files can: -z nodelete. */
  Dl_info self;
  if (dladdr((const void *)mp_backend, &self) != 0) dlopen(self.dli_fname, RTLD_LAZY | RTLD_NODELETE);
#endif
}
