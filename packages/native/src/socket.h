#ifndef MP_SOCKET_H
#define MP_SOCKET_H

#include <node_api.h>
#include <stdbool.h>

/* A stream socket with a place in an event loop. */
typedef struct mp_socket mp_socket;

/* A socket object for the connection behind `fd`, by a descriptor of its own. NULL = an exception is pending. */
napi_value mp_socket_open(napi_env env, int fd, napi_value on_ready);
/* The same for a listening socket, which `fd` is no more afterwards: see mp_stream_take(). */
napi_value mp_socket_listen(napi_env env, int fd, napi_value on_ready);
/* A socket object for the next connection of a listening socket; undefined = none now. NULL = an exception is pending. */
napi_value mp_socket_accept(napi_env env, const mp_socket *listening, napi_value on_ready);
/* The socket of an object, open or not; NULL = an exception is pending. */
mp_socket *mp_socket_of(napi_env env, napi_value object);
/* Its descriptor, or -1 once it is closed. */
int mp_socket_descriptor(const mp_socket *socket);
/* From now on the loop calls `on_ready` while one of `events` is there; 0 = no more. It keeps the
   loop alive if `keeps_alive`. @return 0, or an error of libuv */
int mp_socket_watch(mp_socket *socket, int events, bool keeps_alive);
/* The descriptor goes at once. */
void mp_socket_close(mp_socket *socket);

#endif
