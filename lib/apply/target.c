/* From a word to its driver: see target.h. */
#include "apply/target.h"

#include <string.h>

#include "base/str.h"

const struct bp_target_driver *bp_target_find(const struct bp_target_driver *const drivers[],
                                              const char *word, const char **rest, struct bp_err *e)
{
    struct bp_str forms = BP_STR_INIT;

    for (size_t i = 0; drivers[i]; i++) {
        size_t n = strlen(drivers[i]->scheme);

        if (strncmp(word, drivers[i]->scheme, n) == 0 && word[n] == ':' && word[n + 1]) {
            *rest = word + n + 1;
            bp_str_release(&forms);
            return drivers[i];
        }
        bp_str_addf(&forms, "%s%s", i ? ", " : "", drivers[i]->form);
    }
    bp_err_set(e, BP_EUSAGE, "'%s' is no store that can be written: write %s", word, forms.s);
    bp_str_release(&forms);
    return NULL;
}
