// config/schema.cc - see schema.h

#include "config/schema.h"

#include <algorithm>
#include <tuple>

#include "base/strings.h"
#include "config/value.h"

namespace md::config {

namespace {

Values defaults_of(std::span<const Row> rows, std::size_t groups) {
    Values values;
    for (const auto& row : rows) values.values.push_back(row.default_text == kRequired ? Value() : default_value(row));
    values.where.resize(rows.size());
    values.groups.resize(groups);
    return values;
}

/// Walks one document along a schema. One use.
class Reader {
  public:
    Reader(const Schema& schema, const std::string& file, Faults& faults)
        : schema_(schema), file_(file), faults_(faults) {}

    void read_table(const Node& table, const std::string& prefix, std::span<const Row> rows, Values& into);
    void require(std::span<const Row> rows, const std::string& what, const Values& values);

  private:
    void read_value(const Row& row, std::size_t index, const Member& member, Values& into);
    void read_group(const Group& group, const Member& member, std::vector<Values>& into);
    void unknown(const Member& member, const std::string& prefix, std::span<const Row> rows);
    [[nodiscard]] std::string hint(const Member& member, const std::string& prefix, std::span<const Row> rows) const;
    [[nodiscard]] std::vector<std::string_view> names_at(const std::string& prefix, std::span<const Row> rows) const;
    [[nodiscard]] bool in_group(std::span<const Row> rows) const { return rows.data() != schema_.options.data(); }
    void add(Position where, std::string text) { faults_.push_back({file_, where, std::move(text)}); }

    const Schema& schema_;
    const std::string& file_;
    Faults& faults_;
};

void Reader::read_table(const Node& table, const std::string& prefix, std::span<const Row> rows, Values& into) {
    for (const auto& member : table.members) {
        const auto key = prefix + member.key;
        if (const auto* row = find_row(rows, key)) {
            read_value(*row, static_cast<std::size_t>(row - rows.data()), member, into);
            continue;
        }
        const auto group = std::find_if(schema_.groups.begin(), schema_.groups.end(),
                                        [&](const Group& g) { return !in_group(rows) && g.name == key; });
        if (group != schema_.groups.end()) {
            read_group(*group, member, into.groups[static_cast<std::size_t>(group - schema_.groups.begin())]);
            continue;
        }
        const auto inner = key + ".";
        const bool is_table_name =
            member.key.find('.') == std::string::npos &&
            std::any_of(rows.begin(), rows.end(), [&](const Row& r) { return r.key.starts_with(inner); });
        if (!is_table_name) {
            unknown(member, prefix, rows);
        } else if (member.value.kind != Node::Kind::table) {
            add(member.where, "\"" + key + "\" is " + std::string(kind_name(member.value.kind)) +
                                  "; expected the table [" + key + "]");
        } else {
            read_table(member.value, inner, rows, into);
        }
    }
}

void Reader::read_value(const Row& row, std::size_t index, const Member& member, Values& into) {
    into.where[index] = member.where;
    auto value = parse_value(row, member.value);
    if (value) {
        into.values[index] = std::move(*value);
        return;
    }
    const auto& expected = value.error();
    auto given = member.value.kind == Node::Kind::string ? toml_string(printable(member.value.text, 64))
                                                         : std::string(kind_name(member.value.kind));
    if (member.value.kind == Node::Kind::integer) given = std::to_string(member.value.integer);
    if (member.value.kind == Node::Kind::boolean) given = member.value.boolean ? "true" : "false";
    auto text = "\"" + std::string(row.key) + "\" is " + given + "; expected " + expected.text;
    if (row.type == Type::Enum && member.value.kind == Node::Kind::string) {
        const auto near = nearest_name(member.value.text, split(row.bounds, '|'));
        if (!near.empty()) text += "; did you mean \"" + std::string(near) + "\"?";
    }
    add(expected.where.line > 0 ? expected.where : member.value.begin, std::move(text));
    // What follows looks at the values too: a row without default must hold its own type.
    if (row.default_text == kRequired) into.where[index] = {};
}

void Reader::read_group(const Group& group, const Member& member, std::vector<Values>& into) {
    const auto name = std::string(group.name);
    const auto& items = member.value.items;
    const bool tables =
        member.value.kind == Node::Kind::array &&
        std::all_of(items.begin(), items.end(), [](const Node& n) { return n.kind == Node::Kind::table; });
    if (!tables) return add(member.where, "\"" + name + "\" stands for several; expected [[" + name + "]]");
    for (const auto& item : items) {
        auto values = defaults_of(group.fields, 0);
        values.opened = item.begin;
        const auto before = faults_.size();
        read_table(item, "", group.fields, values);
        require(group.fields, "[[" + name + "]]", values);
        if (faults_.size() == before) into.push_back(std::move(values));
    }
}

void Reader::require(std::span<const Row> rows, const std::string& what, const Values& values) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].default_text != kRequired || values.given(i)) continue;
        const auto told = std::any_of(faults_.begin(), faults_.end(), [&](const Fault& f) {
            return f.where >= values.opened && f.text.starts_with("\"" + std::string(rows[i].key) + "\" is ");
        });
        if (!told)
            add(values.opened, what + " has no \"" + std::string(rows[i].key) + "\"; expected " + expectation(rows[i]));
    }
}

void Reader::unknown(const Member& member, const std::string& prefix, std::span<const Row> rows) {
    const auto key = printable(prefix + member.key, 128);
    const auto& value = member.value;
    const bool rows_of_tables =
        value.kind == Node::Kind::array && !value.items.empty() && value.items.front().kind == Node::Kind::table;
    std::string text = "unknown key \"" + key + "\"";
    if (value.kind == Node::Kind::table) text = "unknown table [" + key + "]";
    if (rows_of_tables) text = "unknown table [[" + key + "]]";
    add(member.where, text + hint(member, prefix, rows));
}

std::string Reader::hint(const Member& member, const std::string& prefix, std::span<const Row> rows) const {
    const auto names = names_at(prefix, rows);
    const auto near = nearest_name(member.key, names);
    if (!near.empty()) {
        const auto full = prefix + std::string(near);
        const bool group = std::any_of(schema_.groups.begin(), schema_.groups.end(),
                                       [&](const Group& g) { return !in_group(rows) && g.name == full; });
        if (group) return "; did you mean [[" + full + "]]?";
        return "; did you mean " + (find_row(rows, full) != nullptr ? "\"" + full + "\"" : "[" + full + "]") + "?";
    }
    // The right name in the wrong table.
    for (const auto& row : rows)
        if (row.key.ends_with("." + member.key)) return "; did you mean \"" + std::string(row.key) + "\"?";
    std::string known;
    for (const auto name : names) known += (known.empty() ? "" : ", ") + std::string(name);
    return "; known here: " + known;
}

std::vector<std::string_view> Reader::names_at(const std::string& prefix, std::span<const Row> rows) const {
    std::vector<std::string_view> names;
    const auto add_name = [&](std::string_view name) {
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    };
    for (const auto& row : rows) {
        if (!row.key.starts_with(prefix)) continue;
        const auto rest = row.key.substr(prefix.size());
        add_name(rest.substr(0, rest.find('.')));
    }
    if (prefix.empty() && !in_group(rows))
        for (const auto& group : schema_.groups) add_name(group.name);
    return names;
}

}  // namespace

const Row* find_row(std::span<const Row> rows, std::string_view key) noexcept {
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.key == key; });
    return found == rows.end() ? nullptr : &*found;
}

Values default_values(const Schema& schema) {
    return defaults_of(schema.options, schema.groups.size());
}

Values read_text(const Schema& schema, std::string_view text, const std::string& file, Faults& faults) {
    auto values = default_values(schema);
    const auto document = parse_document(text, file);
    if (!document) {
        faults.push_back(document.error());
        return values;
    }
    Reader reader(schema, file, faults);
    reader.read_table(*document, "", schema.options, values);
    reader.require(schema.options, "the file", values);
    // A document is one file; the texts make the order the same each time.
    std::sort(faults.begin(), faults.end(), [](const Fault& a, const Fault& b) {
        return std::tie(a.file, a.where, a.text) < std::tie(b.file, b.where, b.text);
    });
    return values;
}

}  // namespace md::config
