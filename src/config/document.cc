// config/document.cc - see document.h

#include "config/document.h"

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>

namespace md::config {

namespace {

Position position(const toml::source_position& at) {
    return {static_cast<int>(at.line), static_cast<int>(at.column)};
}

Node convert(const toml::node& from);

void convert_table(const toml::table& from, Node& to) {
    to.kind = Node::Kind::table;
    for (const auto& [key, value] : from)
        to.members.push_back({std::string(key.str()), position(key.source().begin), convert(value)});
    std::stable_sort(to.members.begin(), to.members.end(),
                     [](const Member& a, const Member& b) { return a.where < b.where; });
}

Node convert(const toml::node& from) {
    Node to;
    to.begin = position(from.source().begin);
    to.end = position(from.source().end);
    if (const auto* table = from.as_table()) {
        convert_table(*table, to);
    } else if (const auto* array = from.as_array()) {
        to.kind = Node::Kind::array;
        for (const auto& item : *array) to.items.push_back(convert(item));
    } else if (const auto* text = from.as_string()) {
        to.kind = Node::Kind::string;
        to.text = text->get();
    } else if (const auto* number = from.as_integer()) {
        to.kind = Node::Kind::integer;
        to.integer = number->get();
    } else if (const auto* boolean = from.as_boolean()) {
        to.kind = Node::Kind::boolean;
        to.boolean = boolean->get();
    } else {
        to.kind = Node::Kind::other;
    }
    return to;
}

}  // namespace

const Member* Node::member(std::string_view key) const noexcept {
    const auto found = std::find_if(members.begin(), members.end(), [&](const Member& m) { return m.key == key; });
    return found == members.end() ? nullptr : &*found;
}

Result<Node, Fault> parse_document(std::string_view text, const std::string& file) {
    const auto parsed = toml::parse(text);
    if (!parsed)
        return fail(Fault{file, position(parsed.error().source().begin),
                          "not TOML: " + std::string(parsed.error().description())});
    return convert(parsed.table());
}

std::string_view kind_name(Node::Kind kind) noexcept {
    switch (kind) {
        case Node::Kind::boolean: return "a boolean";
        case Node::Kind::integer: return "an integer";
        case Node::Kind::string: return "a string";
        case Node::Kind::other: return "a number with a fraction, or a date";
        case Node::Kind::array: return "an array";
        case Node::Kind::table: return "a table";
    }
    return "something else";
}

}  // namespace md::config
