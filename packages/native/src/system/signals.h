#ifndef MP_SIGNALS_H
#define MP_SIGNALS_H

/* Signals are for the threads of the program: this thread takes none from now on. */
void mp_signals_block(void);

#endif
