/* lib/base/nearest: which word was meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/nearest.h"

static const char *meant(const char *word)
{
    static const char *const words[] = {"tcp",      "udp",           "image",    "name",
                                        "metadata", "annotations",   "replicas", "a",
                                        "port",     "restartPolicy", "spec"};

    return bp_nearest_of(word, words, sizeof words / sizeof *words);
}

static void test_slips(void **state)
{
    (void)state;
    assert_string_equal(meant("tpc"), "tcp");          /* swapped */
    assert_string_equal(meant("tcpp"), "tcp");         /* added */
    assert_string_equal(meant("metdata"), "metadata"); /* left out */
    assert_string_equal(meant("imaga"), "image");      /* changed */
    assert_string_equal(meant("Spec"), "spec");        /* another case */
    assert_string_equal(meant("anotatoins"), "annotations");
    assert_string_equal(meant("RESTARTPOLICY"), "restartPolicy");
}

static void test_nothing_near(void **state)
{
    char longest[4096];

    (void)state;
    assert_null(meant(""));
    assert_null(meant("b")); /* no letter of "a" is left */
    assert_null(meant("xyz"));
    assert_null(meant("handler"));
    assert_null(bp_nearest_of("tcp", NULL, 0));
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_null(meant(longest));
}

/* The nearest counts, of equally near ones the first. */
static void test_choice(void **state)
{
    static const char *const words[] = {"volume", "volumes", "columns"};

    (void)state;
    assert_string_equal(bp_nearest_of("volumes", words, 3), "volumes");
    assert_string_equal(bp_nearest_of("volumex", words, 3), "volume");
    assert_string_equal(bp_nearest_of("colums", words, 3), "columns");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slips),
        cmocka_unit_test(test_nothing_near),
        cmocka_unit_test(test_choice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
