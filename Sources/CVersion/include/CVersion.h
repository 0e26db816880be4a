#pragma once

/* The commit from which the program was built, or "unknown commit". */
const char *version_commit(void);
