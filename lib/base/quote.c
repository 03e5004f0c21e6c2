/* JSON string literals: see quote.h. */
#include "base/quote.h"

#include "base/utf8.h"

static void quote_special(unsigned char c, struct bp_str *out)
{
    static const char letters[] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r', ['"'] = '"',
    };

    if (c == '\\')
        bp_str_adds(out, "\\\\");
    else if (c < sizeof letters && letters[c])
        bp_str_add(out, (char[]){'\\', letters[c]}, 2);
    else
        bp_str_addf(out, "\\u%04x", c);
}

void bp_quote_json(const char *s, size_t len, struct bp_str *out)
{
    size_t plain = 0; /* where the text not yet copied begins */
    size_t i = 0;

    bp_str_addc(out, '"');
    while (i < len) {
        unsigned char c = (unsigned char)s[i];
        size_t n = c < 0x80 ? 1 : bp_utf8_decode(s + i, len - i, NULL);

        if (n && c >= 0x20 && c != '"' && c != '\\') {
            i += n;
            continue;
        }
        bp_str_add(out, s + plain, i - plain);
        if (n)
            quote_special(c, out);
        else
            bp_str_adds(out, "\xEF\xBF\xBD");
        plain = ++i;
    }
    bp_str_add(out, s + plain, len - plain);
    bp_str_addc(out, '"');
}
