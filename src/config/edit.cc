// config/edit.cc - see edit.h

#include "config/edit.h"

#include <algorithm>

#include "base/strings.h"
#include "config/document.h"
#include "config/text_lines.h"
#include "config/value.h"

namespace md::config {

namespace {

EditRefusal refuse(EditRefusal::Why why, const std::string& file, Position where, std::string text) {
    return {why, {{file, where, std::move(text)}}};
}

/// Where a table's own lines stand: after its header, up to the next one.
struct Section {
    int header = 0;  ///< line of the header; 0: the root
    int end = 0;     ///< line of the next header, or one beyond the last line
};

/// One edit of one text. One use.
class Editor {
  public:
    Editor(std::string_view text, const std::string& file, const KeyPlace& place)
        : lines_(text), file_(file), place_(place) {}

    [[nodiscard]] Result<std::string, EditRefusal> run(const Edit& edit);

  private:
    [[nodiscard]] const Node* start_table() const;
    [[nodiscard]] Result<std::string, EditRefusal> set(const std::string& toml);
    [[nodiscard]] Result<std::string, EditRefusal> unset();
    [[nodiscard]] std::string insert(const std::string& toml);
    [[nodiscard]] std::string insert_in(Section section, const std::string& name, const std::string& toml);
    [[nodiscard]] Section section_of(int header) const;
    [[nodiscard]] int commented_line(Section section, const std::string& name) const;
    [[nodiscard]] const Member* find(const Node& table, std::string_view key) const;
    void collect(const Node& table);

    TextLines lines_;
    const std::string& file_;
    const KeyPlace& place_;
    Node root_;
    std::vector<int> headers_;  ///< lines of all headers, in order
    struct Span {
        int first;
        int last;
    };
    std::vector<Span> values_;  ///< lines of all values that stand behind a key
};

void Editor::collect(const Node& table) {
    for (const auto& member : table.members) {
        const auto& value = member.value;
        const bool tables = value.kind == Node::Kind::array && !value.items.empty() &&
                            value.items.front().kind == Node::Kind::table &&
                            lines_.is_header(value.items.front().begin);
        if (tables) {
            for (const auto& item : value.items) {
                headers_.push_back(item.begin.line);
                collect(item);
            }
        } else if (value.kind == Node::Kind::table && lines_.is_header(value.begin)) {
            headers_.push_back(value.begin.line);
            collect(value);
        } else if (value.kind == Node::Kind::table && value.begin == member.where) {
            collect(value);  // made by a dotted key
        } else {
            values_.push_back({member.where.line, value.end.line});
        }
    }
}

const Member* Editor::find(const Node& table, std::string_view key) const {
    const auto dot = key.find('.');
    const auto* member = table.member(key.substr(0, dot));
    if (member == nullptr || dot == std::string_view::npos) return member;
    return find(member->value, key.substr(dot + 1));
}

const Node* Editor::start_table() const {
    if (place_.group == nullptr) return &root_;
    const auto* member = root_.member(place_.group->name);
    if (member == nullptr || place_.number >= member->value.items.size()) return nullptr;
    return &member->value.items[place_.number];
}

Result<std::string, EditRefusal> Editor::run(const Edit& edit) {
    auto document = parse_document(lines_.text(), file_);
    if (!document) return fail(EditRefusal{EditRefusal::Why::bad_file, {document.error()}});
    root_ = std::move(*document);
    collect(root_);
    std::sort(headers_.begin(), headers_.end());
    if (start_table() == nullptr)
        return fail(
            refuse(EditRefusal::Why::unknown_key, file_, {},
                   "there is no [[" + std::string(place_.group->name) + "]] number " + std::to_string(place_.number)));
    return edit.value ? set(toml_of(*place_.row, *edit.value)) : unset();
}

Result<std::string, EditRefusal> Editor::set(const std::string& toml) {
    const auto* member = find(*start_table(), place_.row->key);
    if (member == nullptr) return insert(toml);
    return lines_.with_replaced(member->value.begin, member->value.end, toml);
}

std::string Editor::insert(const std::string& toml) {
    const std::string key(place_.row->key);
    if (place_.group != nullptr) return insert_in(section_of(start_table()->begin.line), key, toml);
    const auto dot = key.rfind('.');
    if (dot == std::string::npos) return insert_in(section_of(0), key, toml);
    const auto table = key.substr(0, dot);
    const auto* member = find(root_, table);
    if (member == nullptr ||
        (lines_.is_header(member->value.begin) && !lines_.is_header_of(member->value.begin, table))) {
        // Not there, or only as the parent of [table.inner].
        const std::string gap = lines_.text().empty() ? "" : "\n";
        return lines_.with_inserted(lines_.count() + 1, gap + "[" + table + "]\n" + key.substr(dot + 1) + " = " + toml);
    }
    if (lines_.is_header(member->value.begin))
        return insert_in(section_of(member->value.begin.line), key.substr(dot + 1), toml);
    return insert_in(section_of(0), key, toml);  // the table was made by dotted keys
}

Section Editor::section_of(int header) const {
    const auto next = std::upper_bound(headers_.begin(), headers_.end(), header);
    return {header, next == headers_.end() ? lines_.count() + 1 : *next};
}

/// The line "# name = ..." of a sample file; 0: there is none.
int Editor::commented_line(Section section, const std::string& name) const {
    for (int line = section.header + 1; line < section.end; ++line) {
        const bool in_value = std::any_of(values_.begin(), values_.end(),
                                          [&](const Span& s) { return line >= s.first && line <= s.last; });
        if (!in_value && lines_.is_commented_key(line, name)) return line;
    }
    return 0;
}

std::string Editor::insert_in(Section section, const std::string& name, const std::string& toml) {
    const auto row = name + " = " + toml;
    if (const int line = commented_line(section, name)) return lines_.with_inserted(line + 1, row);
    int last = 0;
    for (const auto& value : values_)
        if (value.first > section.header && value.first < section.end) last = std::max(last, value.last);
    if (last > 0) return lines_.with_inserted(last + 1, row);
    if (section.header > 0) return lines_.with_inserted(section.header + 1, row);
    // Nothing in the root yet: before the first header and the comment that belongs to it.
    int line = section.end;
    while (line > 1 && line <= lines_.count() && lines_.is_comment(line - 1)) --line;
    return lines_.with_inserted(line, line <= lines_.count() ? row + "\n" : row);
}

Result<std::string, EditRefusal> Editor::unset() {
    const auto* member = find(*start_table(), place_.row->key);
    if (member == nullptr) return std::string(lines_.text());
    auto without = lines_.without_lines_of(member->where, member->value.end);
    if (!without)
        return fail(
            refuse(EditRefusal::Why::by_hand, file_, member->where,
                   "\"" + std::string(place_.row->key) + "\" shares its line with others; take it out by hand"));
    return std::move(*without);
}

/// What was typed is one value of the row and nothing more: no second key behind a line feed.
std::optional<std::string> wrong_with(const Row& row, const std::string& key, const std::string& typed) {
    const auto document = parse_document("x = " + toml_of(row, typed), "value");
    if (!document || document->members.size() != 1)
        return "\"" + key + "\" cannot be " + printable(typed, 64) + "; expected " + expectation(row);
    const auto value = parse_value(row, document->members.front().value);
    if (value) return std::nullopt;
    return "\"" + key + "\" cannot be " + printable(typed, 64) + "; expected " + value.error().text;
}

}  // namespace

std::optional<KeyPlace> find_key(const Schema& schema, std::string_view key, std::string& nearest) {
    if (const auto* row = find_row(schema.options, key)) return KeyPlace{row, nullptr, 0};
    std::vector<std::string_view> names;
    const auto parts = split(key, '.');
    for (const auto& group : schema.groups) {
        if (parts.front() != group.name || parts.size() != 3) continue;
        const auto number = parse_number<std::uint32_t>(parts[1]);
        const auto* row = find_row(group.fields, parts[2]);
        if (number && row != nullptr) return KeyPlace{row, &group, *number};
        for (const auto& field : group.fields) names.push_back(field.key);
        const auto near = nearest_name(parts[2], names);
        nearest = near.empty() ? "" : std::string(group.name) + "." + std::string(parts[1]) + "." + std::string(near);
        return std::nullopt;
    }
    for (const auto& row : schema.options) names.push_back(row.key);
    nearest = nearest_name(key, names);
    return std::nullopt;
}

Result<std::string, EditRefusal> edit_text(const Schema& schema, std::string_view text, const std::string& file,
                                           const Edit& edit) {
    std::string nearest;
    const auto place = find_key(schema, edit.key, nearest);
    if (!place) {
        auto what = "unknown key \"" + printable(edit.key, 128) + "\"";
        if (!nearest.empty()) what += "; did you mean \"" + nearest + "\"?";
        return fail(refuse(EditRefusal::Why::unknown_key, file, {}, std::move(what)));
    }
    if (edit.value) {
        auto wrong = wrong_with(*place->row, edit.key, *edit.value);
        if (wrong) return fail(refuse(EditRefusal::Why::bad_value, file, {}, std::move(*wrong)));
    }
    Faults faults;
    (void)read_text(schema, text, file, faults);
    if (!faults.empty()) return fail(EditRefusal{EditRefusal::Why::bad_file, std::move(faults)});
    auto edited = Editor(text, file, *place).run(edit);
    if (!edited) return edited;
    (void)read_text(schema, *edited, file, faults);
    if (!faults.empty()) return fail(EditRefusal{EditRefusal::Why::bad_value, std::move(faults)});
    return edited;
}

}  // namespace md::config
