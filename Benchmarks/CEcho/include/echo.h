#ifndef CLAVERO_ECHO_H
#define CLAVERO_ECHO_H

/* Writes back what is read on each connection, in order, until `*stop` is not 0: the least that a program can do which takes
   and gives bodies. Takes connections of `listener`, which stays open. Returns 0, or an errno. */
int clavero_echo(int listener, const volatile int *stop);

#endif
