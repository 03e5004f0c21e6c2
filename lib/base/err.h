/* One error: a code, a message for a person and, where it came from a text, its position. */
#ifndef BP_BASE_ERR_H
#define BP_BASE_ERR_H

#include <stdint.h>

/* What went wrong, as far as a caller has to tell cases apart. Every function of the library that
 * can fail returns 0 or one of these, all negative. */
enum bp_code {
    BP_OK = 0,
    BP_EINPUT = -1,    /* the input is wrong: syntax, type, a rule */
    BP_ENOTFOUND = -2, /* what was named does not exist */
    BP_ECONFLICT = -3, /* the other side has moved; nothing was overwritten */
    BP_EBUSY = -4,     /* locked or out of reach now; the same call may succeed later */
    BP_ESYS = -5,      /* a system call or a library failed; `sys` has errno where there is one */
    BP_EUSAGE = -6,    /* the caller asked for something that makes no sense */
    BP_ELIMIT = -7,    /* a bound was reached: size, depth, count */
    BP_ECORRUPT = -8,  /* stored data does not hold together */
    BP_ESTOP = -9,     /* a callback asked to stop; not an error of its own */
};

/* A place in a text. `line` and `col` count from 1, columns in characters; 0 = not known. `file` is
 * borrowed and lives as long as the input it names. */
struct bp_pos {
    const char *file;
    uint32_t line;
    uint32_t col;
};

/* Filled on failure only. Every `struct bp_err *` parameter may be NULL. The first cause is kept:
 * contexts are put in front of it with bp_err_wrap(). */
struct bp_err {
    int code;
    int sys;
    struct bp_pos pos;
    char msg[1024]; /* UTF-8, no final full stop; cut at a character when longer */
};

#define BP_ERR_INIT \
    {               \
        0           \
    }

/* Sets code and message, drops any position. Returns `code`, so that callers can return it. */
int bp_err_set(struct bp_err *e, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* As bp_err_set(), with a position. */
int bp_err_at(struct bp_err *e, int code, struct bp_pos pos, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* A failed system call: takes errno, appends its text to the message. EAGAIN, EINTR and the like
 * give BP_EBUSY, ENOENT and ENOTDIR BP_ENOTFOUND, anything else BP_ESYS. Returns the code. */
int bp_err_sys(struct bp_err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts "context: " in front of the message. Returns the code that `e` has (BP_ESYS for NULL). */
int bp_err_wrap(struct bp_err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
