#ifndef CARGUMENTS_H
#define CARGUMENTS_H

/// The number of the program's arguments, its own name among them.
int process_argument_count(void);

/// The arguments themselves, in the memory that other programs of the machine see. They last as long as the process.
char **process_arguments(void);

#endif
