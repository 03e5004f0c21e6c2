/* Starting libgit2 without parsing every certificate of the system: see tls_defer.h.
 *
 * libgit2 of Debian 12 is built with mbedTLS, and its start calls mbedtls_x509_crt_parse_file() on
 * the system's CA bundle: about 140 certificates, 4 ms. There is no option against it. A function
 * of that name in the executable takes precedence over the one of the shared library (the linker
 * exports it by itself, because a library on its command line refers to it), so ours is called
 * instead. During bp_git_init() it only notes the path; at any other time it hands the call on.
 * Where libgit2 has another TLS library ours is never called, and all is as if it weren't here. */
#include "git/tls_defer.h"

#include <dlfcn.h>
#include <git2.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "git/repo_priv.h"

typedef int parse_file_fn(void *chain, const char *path);

/* Process-wide like the start of libgit2 itself. */
static bool starting;
static char *left_out; /* the CA bundle that was not read */

/* mbedTLS's own declaration needs its headers, which are no dependency of ours. */
int mbedtls_x509_crt_parse_file(void *chain, const char *path);

__attribute__((visibility("default"))) int mbedtls_x509_crt_parse_file(void *chain,
                                                                       const char *path)
{
    parse_file_fn *real;

    if (starting) {
        free(left_out);
        left_out = bp_strdup(path);
        return 0;
    }
    /* POSIX asks for this conversion of an object pointer to a function pointer. */
    *(void **)&real = dlsym(RTLD_NEXT, "mbedtls_x509_crt_parse_file");
    return real ? real(chain, path) : -1;
}

int bp_git_init(struct bp_err *e)
{
    int rc;

    starting = true;
    rc = git_libgit2_init();
    starting = false;
    if (rc < 0)
        return bp_git_error(e, rc, "cannot start libgit2");
    return 0;
}

int bp_git_tls_load(struct bp_err *e)
{
    int rc;

    if (!left_out)
        return 0;
    rc = git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, left_out, NULL);
    if (rc < 0)
        return bp_git_error(e, rc, "cannot read the certificates in '%s'", left_out);
    free(left_out);
    left_out = NULL;
    return 0;
}
