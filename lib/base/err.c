/* Errors as values: see err.h. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

__attribute__((format(printf, 2, 0))) static void set_message(struct bp_err *e, const char *fmt,
                                                              va_list ap)
{
    int n = vsnprintf(e->msg, sizeof e->msg, fmt, ap);

    if (n < 0)
        e->msg[0] = '\0';
    else if ((size_t)n >= sizeof e->msg)
        e->msg[bp_utf8_cut(e->msg, sizeof e->msg - 1)] = '\0';
}

int bp_err_set(struct bp_err *e, int code, const char *fmt, ...)
{
    va_list ap;

    if (!e)
        return code;
    *e = (struct bp_err){.code = code};
    va_start(ap, fmt);
    set_message(e, fmt, ap);
    va_end(ap);
    return code;
}

int bp_err_at(struct bp_err *e, int code, struct bp_pos pos, const char *fmt, ...)
{
    va_list ap;

    if (!e)
        return code;
    *e = (struct bp_err){.code = code, .pos = pos};
    va_start(ap, fmt);
    set_message(e, fmt, ap);
    va_end(ap);
    return code;
}

static int code_of_errno(int sys)
{
    switch (sys) {
    case ENOENT:
    case ENOTDIR:
        return BP_ENOTFOUND;
    case EAGAIN:
    case EINTR:
    case ETXTBSY:
    case ETIMEDOUT:
        return BP_EBUSY;
    default:
        return BP_ESYS;
    }
}

int bp_err_sys(struct bp_err *e, const char *fmt, ...)
{
    int sys = errno;
    int code = code_of_errno(sys);
    size_t len;
    va_list ap;

    if (!e)
        return code;
    *e = (struct bp_err){.code = code, .sys = sys};
    va_start(ap, fmt);
    set_message(e, fmt, ap);
    va_end(ap);
    len = strlen(e->msg);
    snprintf(e->msg + len, sizeof e->msg - len, ": %s", strerror(sys));
    return code;
}

int bp_err_wrap(struct bp_err *e, const char *fmt, ...)
{
    char old[sizeof e->msg];
    size_t len;
    va_list ap;

    if (!e)
        return BP_ESYS;
    memcpy(old, e->msg, sizeof old);
    va_start(ap, fmt);
    set_message(e, fmt, ap);
    va_end(ap);
    len = strlen(e->msg);
    if ((size_t)snprintf(e->msg + len, sizeof e->msg - len, ": %s", old) >= sizeof e->msg - len)
        e->msg[bp_utf8_cut(e->msg, sizeof e->msg - 1)] = '\0';
    return e->code;
}
