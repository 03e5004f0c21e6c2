/* Results and their totals: see result.h. */
#include "apply/result.h"

#include <inttypes.h>
#include <string.h>

#include "base/quote.h"
#include "base/term.h"
#include "base/utf8.h"
#include "json/write.h"

enum { IDENTITY_WIDTH_MAX = 48 }; /* a longer one pushes its own line only */

static const struct {
    const char *name;
    enum bp_style style;
} outcomes[BP_OUTCOMES] = {
    [BP_APPLIED] = {"applied", BP_GREEN},  [BP_UNCHANGED] = {"unchanged", BP_DIM},
    [BP_CONFLICT] = {"conflict", BP_RED},  [BP_FAILED] = {"failed", BP_RED},
    [BP_SKIPPED] = {"skipped", BP_YELLOW},
};

const char *bp_outcome_name(enum bp_outcome outcome)
{
    return outcomes[outcome].name;
}

static void add_member(struct bp_str *out, const char *name, const char *value)
{
    bp_str_addf(out, ",\"%s\":", name);
    bp_quote_json(value, strlen(value), out);
}

void bp_result_write_json(const struct bp_result *r, struct bp_str *out)
{
    bp_str_addf(out, "{\"action\":\"%s\"", bp_action_name(r->action));
    add_member(out, "kind", r->id.kind);
    add_member(out, "name", r->id.name);
    add_member(out, "result", bp_outcome_name(r->outcome));
    if (r->generation >= 0)
        bp_str_addf(out, ",\"generation\":%" PRId64, r->generation);
    if (r->message)
        add_member(out, "message", r->message);
    if (r->dry_run)
        bp_str_adds(out, ",\"dryRun\":true");
    bp_str_adds(out, "}\n");
}

static void add_identity(struct bp_identity id, struct bp_str *out)
{
    bp_term_escape(id.kind, strlen(id.kind), out);
    bp_str_addc(out, '/');
    bp_term_escape(id.name, strlen(id.name), out);
}

static size_t shown_width(struct bp_identity id)
{
    struct bp_str text = BP_STR_INIT;
    size_t width;

    add_identity(id, &text);
    width = bp_utf8_count(text.s, text.len);
    bp_str_release(&text);
    return width;
}

size_t bp_identity_width(struct bp_identity id)
{
    size_t width = shown_width(id);

    return width <= IDENTITY_WIDTH_MAX ? width : 0;
}

void bp_result_write_text(const struct bp_result *r, size_t width, bool colour, struct bp_str *out)
{
    bool planned = r->dry_run && r->outcome == BP_APPLIED;
    size_t used = shown_width(r->id);

    bp_str_addf(out, "%s%-9s%s  %-6s  ", bp_term_style(outcomes[r->outcome].style, colour),
                planned ? "planned" : bp_outcome_name(r->outcome), bp_term_style(BP_PLAIN, colour),
                bp_action_name(r->action));
    add_identity(r->id, out);
    if (r->message || r->generation >= 0)
        bp_str_addf(out, "%*s", (int)(used < width ? width - used : 0) + 2, "");
    if (r->message)
        bp_term_escape(r->message, strlen(r->message), out);
    else if (r->generation >= 0)
        bp_str_addf(out, "%sgeneration %" PRId64 "%s", bp_term_style(BP_DIM, colour), r->generation,
                    bp_term_style(BP_PLAIN, colour));
    bp_str_addc(out, '\n');
}

void bp_totals_write(const struct bp_totals *t, struct bp_str *out)
{
    const char *separator = "";

    for (int i = 0; i < BP_OUTCOMES; i++) {
        if (!t->of[i])
            continue;
        bp_str_addf(out, "%s%zu %s", separator, t->of[i], outcomes[i].name);
        separator = ", ";
    }
    if (!*separator)
        bp_str_adds(out, "nothing to do");
}

bool bp_totals_good(const struct bp_totals *t)
{
    return !t->of[BP_CONFLICT] && !t->of[BP_FAILED] && !t->of[BP_SKIPPED];
}
