// config/emit.cc - see emit.h

#include "config/emit.h"

#include "base/strings.h"
#include "config/manual.h"
#include "config/value.h"

namespace md::config {

namespace {

constexpr std::size_t kCommentWidth = 100;

/// "queue" of "queue.expire"; empty for a key of the root.
std::string_view table_of(std::string_view key) {
    const auto dot = key.rfind('.');
    return dot == std::string_view::npos ? std::string_view() : key.substr(0, dot);
}

std::string_view last_part(std::string_view key) {
    const auto dot = key.rfind('.');
    return dot == std::string_view::npos ? key : key.substr(dot + 1);
}

std::string comment(std::string_view prose) {
    std::string out;
    std::string line = "#";
    for (const auto word : split(prose, ' ')) {
        if (line.size() + 1 + word.size() > kCommentWidth) {
            out += line + "\n";
            line = "#";
        }
        line += " " + std::string(word);
    }
    return out + line + "\n";
}

std::string default_toml(const Row& row) {
    return row.default_text == kRequired ? "..." : format_value(row, default_value(row));
}

std::string sample_rows(std::span<const Row> rows) {
    std::string out;
    std::string_view table;
    for (const auto& row : rows) {
        if (table_of(row.key) != table) {
            table = table_of(row.key);
            out += "[" + std::string(table) + "]\n\n";
        }
        out += comment(row.prose) + comment("(" + terms(row) + ")");
        out += "#" + std::string(last_part(row.key)) + " = " + default_toml(row) + "\n\n";
    }
    return out;
}

std::string sample_group(const Group& group) {
    auto out = comment(group.prose) + "#\n#[[" + std::string(group.name) + "]]\n";
    for (const auto& field : group.fields) {
        out += "#" + std::string(field.key) + " = " + default_toml(field) + "\n";
    }
    return out + "\n";
}

void page_rows(Manual& page, std::span<const Row> rows) {
    std::string_view table = "\n";  // no table's name
    bool open = false;
    for (const auto& row : rows) {
        if (table_of(row.key) != table) {
            table = table_of(row.key);
            if (open) page.end_list();
            page.subheading(table.empty() ? "Keys of the root" : "Table " + std::string(table));
            page.begin_list();
            open = true;
        }
        page.item(last_part(row.key), std::string(row.prose) + " Takes " + terms(row) +
                                          (row.reloadable ? "." : "; acts from the next start."));
    }
    if (open) page.end_list();
}

}  // namespace

std::string terms(const Row& row) {
    auto out = expectation(row);
    if (row.default_text == kRequired) return out + "; must be given";
    const auto value = plain_value(row, default_value(row));
    return out + "; default " + (value.empty() ? "\"\"" : value);
}

std::string sample_file(const Schema& schema) {
    std::string out =
        "# The configuration of mdmail, in TOML; see mdmail.conf(5).\n"
        "# Every key stands here in comments with its default. `mdctl config set KEY VALUE` edits this file and keeps\n"
        "# comments and order; `mdctl config check` tells every fault; `mdctl reload` puts changes into effect.\n\n";
    out += sample_rows(schema.options);
    for (const auto& group : schema.groups) out += sample_group(group);
    while (out.ends_with("\n\n")) out.pop_back();
    return out;
}

std::string configuration_page(const Schema& schema) {
    Manual page("mdmail.conf", 5, "configuration of the mdmail suite");
    page.heading("DESCRIPTION");
    page.paragraph(
        "All daemons of the suite read one file in TOML. Without another path in the option -c or in the environment "
        "variable MDMAIL_CONF it is /etc/mdmail/mdmail.conf.");
    page.paragraph(
        "A key that is not known, a value of another type or beyond its bounds is a fault. All faults of the file are "
        "told "
        "at once, each with its line, its column, what was expected and the nearest known name. A daemon does not "
        "start "
        "with a faulty file, and a reload with one changes nothing.");
    page.paragraph(
        "Sizes are bytes, or a number with K, M, G or T (powers of 1024) in quotes. Durations are numbers with w, d, "
        "h, m, s "
        "or ms in quotes, such as \"1h30m\". A list with one item may be written as that item.");
    page.heading("OPTIONS");
    page_rows(page, schema.options);
    page.heading("TABLES OF WHICH THERE MAY BE SEVERAL");
    for (const auto& group : schema.groups) {
        page.subheading("Rows of " + std::string(group.name));
        page.paragraph(group.prose);
        page.begin_list();
        for (const auto& field : group.fields)
            page.item(field.key, std::string(field.prose) + " Takes " + terms(field) + ".");
        page.end_list();
    }
    page.heading("FILES");
    page.begin_list();
    page.item("/etc/mdmail/mdmail.conf", "the configuration");
    page.item("/etc/mdmail/domains/DOMAIN.conf", "a domain, see mdctl domain");
    page.end_list();
    page.heading("EXAMPLES");
    page.example(
        "hostname = \"mail.example.org\"\n\n[queue]\nexpire = \"3d\"\n\n[[listener]]\nprotocol = \"submission\"\nport "
        "= 465\n"
        "tls = \"implicit\"");
    page.see_also("mdctl 8");
    return page.text();
}

std::string explain(const Row& row, std::string_view key) {
    std::string out(key);
    out += "\n    " + std::string(row.prose) + "\n    Takes " + terms(row) + ".\n";
    if (!row.reloadable) out += "    Acts from the next start.\n";
    return out;
}

}  // namespace md::config
