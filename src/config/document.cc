// config/document.cc - see document.h

#include "config/document.h"

// A header such as "[=]" is an error that the parser tells well, behind an assertion that says it cannot be: no text
// may abort us. With NDEBUG the assertion would become an assumption of the optimiser.
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 1
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
    std::sort(to.members.begin(), to.members.end(), [](const Member& a, const Member& b) { return a.where < b.where; });
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
    try {
        return convert(toml::parse(text));
    } catch (const toml::parse_error& error) {
        return fail(Fault{file, position(error.source().begin), "not TOML: " + std::string(error.description())});
    }
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
