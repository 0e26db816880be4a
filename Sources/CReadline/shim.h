#pragma once
#include <stdio.h>
#include <wchar.h>
#include <readline/readline.h>
#include <readline/history.h>

/* Of POSIX's XSI option, which the headers leave out unless they are asked for it. */
extern int wcwidth(wchar_t character);
