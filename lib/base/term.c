/* Colour, and text from input made harmless: see term.h. */
#include "base/term.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"

bool bp_term_colour(int fd)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    if (no_color && *no_color)
        return false;
    if (term && strcmp(term, "dumb") == 0)
        return false;
    return isatty(fd);
}

const char *bp_term_style(enum bp_style style, bool on)
{
    static const char *const sequences[] = {
        [BP_PLAIN] = "\x1b[0m", [BP_BOLD] = "\x1b[1m",   [BP_DIM] = "\x1b[2m",
        [BP_RED] = "\x1b[31m",  [BP_GREEN] = "\x1b[32m", [BP_YELLOW] = "\x1b[33m",
        [BP_CYAN] = "\x1b[36m",
    };

    return on ? sequences[style] : "";
}

/* Characters that are invisible or change the direction or the line of what follows. */
static bool is_deceptive(uint32_t c)
{
    return (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x61C || c == 0x180E ||
           (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
           (c >= 0xE0000 && c <= 0xE007F);
}

static void escape_low(unsigned char c, struct bp_str *out)
{
    switch (c) {
    case '\n':
        bp_str_adds(out, "\\n");
        break;
    case '\r':
        bp_str_adds(out, "\\r");
        break;
    case '\t':
        bp_str_adds(out, "\\t");
        break;
    default:
        bp_str_addf(out, "\\x%02x", c);
    }
}

void bp_term_escape(const char *s, size_t len, struct bp_str *out)
{
    size_t plain = 0; /* where the text not yet copied begins */
    size_t i = 0;

    while (i < len) {
        uint32_t c = 0;
        size_t n = bp_utf8_decode(s + i, len - i, &c);

        if (n && c >= 0x20 && !is_deceptive(c)) {
            i += n;
            continue;
        }
        bp_str_add(out, s + plain, i - plain);
        if (n == 0 || c < 0x80)
            escape_low((unsigned char)s[i], out);
        else
            bp_str_addf(out, c <= 0xFFFF ? "\\u%04x" : "\\U%08x", (unsigned)c);
        i += n ? n : 1;
        plain = i;
    }
    bp_str_add(out, s + plain, len - plain);
}
