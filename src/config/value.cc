// config/value.cc - see value.h

#include "config/value.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/strings.h"
#include "config/syntax.h"

namespace md::config {

namespace {

using std::chrono::milliseconds;

struct Bounds {
    std::string_view low;
    std::string_view high;
};

/// "1..100"; a side may be empty.
Bounds split_bounds(std::string_view bounds) {
    const auto dots = bounds.find("..");
    if (dots == std::string_view::npos) return {};
    return {bounds.substr(0, dots), bounds.substr(dots + 2)};
}

template <class N, class Parse>
bool within(N value, std::string_view bounds, Parse parse) {
    const auto [low, high] = split_bounds(bounds);
    if (!low.empty() && value < parse(low).value_or(value)) return false;
    return high.empty() || value <= parse(high).value_or(value);
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    const auto number = parse_number<std::uint64_t>(text);
    if (!number || *number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
    return static_cast<std::int64_t>(*number);
}

std::string range_text(std::string_view bounds) {
    const auto [low, high] = split_bounds(bounds);
    if (!low.empty() && !high.empty()) return ", from " + std::string(low) + " to " + std::string(high);
    if (!low.empty()) return ", " + std::string(low) + " or more";
    if (!high.empty()) return ", at most " + std::string(high);
    return {};
}

std::string enum_text(std::string_view bounds) {
    std::string out;
    for (const auto choice : split(bounds, '|')) {
        if (choice.empty()) continue;
        out += (out.empty() ? "" : ", ") + toml_string(choice);
    }
    return "one of " + out;
}

bool accepted(std::string_view syntax, std::string_view text) {
    const auto* known = find_syntax(syntax);
    return known == nullptr || known->accepts(text);
}

std::optional<Value> duration_of(const Row& row, const Node& node) {
    if (node.kind == Node::Kind::integer && node.integer == 0 && within(milliseconds(0), row.bounds, parse_duration))
        return milliseconds(0);
    if (node.kind != Node::Kind::string) return std::nullopt;
    const auto duration = parse_duration(node.text);
    if (!duration || !within(*duration, row.bounds, parse_duration)) return std::nullopt;
    return *duration;
}

std::optional<Value> size_of(const Row& row, const Node& node) {
    std::optional<std::uint64_t> size;
    if (node.kind == Node::Kind::string) size = parse_size(node.text);
    if (node.kind == Node::Kind::integer && node.integer >= 0) size = static_cast<std::uint64_t>(node.integer);
    if (!size || !within(*size, row.bounds, parse_size)) return std::nullopt;
    return *size;
}

std::optional<Value> path_of(const Row& row, const std::string& text) {
    if (text.empty() ? row.bounds != "optional" : text.front() != '/') return std::nullopt;
    if (std::any_of(text.begin(), text.end(), is_control)) return std::nullopt;
    return text;
}

std::optional<Value> string_of(const Row& row, const std::string& text) {
    switch (row.type) {
        case Type::Path: return path_of(row, text);
        case Type::Enum: {
            const auto choices = split(row.bounds, '|');
            if (std::find(choices.begin(), choices.end(), text) == choices.end()) return std::nullopt;
            return text;
        }
        default: {
            // Where nothing is the default, nothing may also be written.
            const bool may_be_empty = row.default_text != kRequired && *row.default_text == '\0';
            return (may_be_empty && text.empty()) || accepted(row.bounds, text) ? std::optional<Value>(text)
                                                                                : std::nullopt;
        }
    }
}

std::optional<Value> scalar_of(const Row& row, const Node& node) {
    switch (row.type) {
        case Type::Bool: return node.kind == Node::Kind::boolean ? std::optional<Value>(node.boolean) : std::nullopt;
        case Type::Integer:
            if (node.kind != Node::Kind::integer || !within(node.integer, row.bounds, parse_integer))
                return std::nullopt;
            return node.integer;
        case Type::Size: return size_of(row, node);
        case Type::Duration: return duration_of(row, node);
        default:
            // A switch that has become a choice goes on taking true and false, where they are among its words.
            if (row.type == Type::Enum && node.kind == Node::Kind::boolean)
                return string_of(row, node.boolean ? "true" : "false");
            return node.kind == Node::Kind::string ? string_of(row, node.text) : std::nullopt;
    }
}

/// A list may be written as its only item.
template <class T, class Read>
Result<Value, Expected> list_of(const Row& row, const Node& node, Read read) {
    const std::span<const Node> items =
        node.kind == Node::Kind::array ? std::span<const Node>(node.items) : std::span(&node, 1);
    std::vector<T> list;
    for (const auto& item : items) {
        auto value = read(item);
        if (!value) return fail(Expected{expectation(row), item.begin});
        list.push_back(std::move(*value));
    }
    return Value(std::move(list));
}

std::optional<std::string> list_string(const Row& row, const Node& item) {
    if (item.kind != Node::Kind::string || !accepted(row.bounds, item.text)) return std::nullopt;
    return item.text;
}

std::optional<milliseconds> list_duration(const Row& row, const Node& item) {
    if (item.kind != Node::Kind::string) return std::nullopt;
    const auto duration = parse_duration(item.text);
    if (!duration || !within(*duration, row.bounds, parse_duration)) return std::nullopt;
    return duration;
}

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array kDurationUnits{Unit{"w", 604'800'000}, Unit{"d", 86'400'000}, Unit{"h", 3'600'000},
                                    Unit{"m", 60'000},      Unit{"s", 1'000},      Unit{"ms", 1}};
constexpr std::array kSizeUnits{Unit{"T", 1ULL << 40}, Unit{"G", 1ULL << 30}, Unit{"M", 1ULL << 20},
                                Unit{"K", 1ULL << 10}};
constexpr std::uint64_t kLongestDuration = 3650ULL * 86'400'000;
constexpr std::uint64_t kLargestSize = 1ULL << 60;

std::string toml_list(const std::vector<std::string>& items) {
    std::string out = "[";
    for (const auto& item : items) out += (out.size() > 1 ? ", " : "") + toml_string(item);
    return out + "]";
}

std::vector<std::string> texts(const Value& value) {
    std::vector<std::string> out;
    if (const auto* strings = std::get_if<std::vector<std::string>>(&value)) return *strings;
    if (const auto* durations = std::get_if<std::vector<milliseconds>>(&value))
        for (const auto duration : *durations) out.push_back(format_duration(duration));
    if (const auto* networks = std::get_if<std::vector<Network>>(&value))
        for (const auto& network : *networks) out.push_back(network.text());
    return out;
}

bool is_list(Type type) {
    return type == Type::StringList || type == Type::DurationList || type == Type::NetworkList;
}

}  // namespace

Result<Value, Expected> parse_value(const Row& row, const Node& node) {
    switch (row.type) {
        case Type::StringList:
            return list_of<std::string>(row, node, [&](const Node& item) { return list_string(row, item); });
        case Type::DurationList:
            return list_of<milliseconds>(row, node, [&](const Node& item) { return list_duration(row, item); });
        case Type::NetworkList:
            return list_of<Network>(row, node, [](const Node& item) {
                return item.kind == Node::Kind::string ? Network::parse(item.text) : std::nullopt;
            });
        default: break;
    }
    auto value = scalar_of(row, node);
    if (!value) return fail(Expected{expectation(row), {}});
    return std::move(*value);
}

Value default_value(const Row& row) {
    MD_ASSERT(row.default_text != nullptr);
    const auto document = parse_document("x = " + toml_of(row, row.default_text), "default");
    MD_ASSERT(document.has_value());
    auto value = parse_value(row, document->members.front().value);
    MD_ASSERT(value.has_value());
    return std::move(*value);
}

std::string format_value(const Row& row, const Value& value) {
    if (is_list(row.type)) return toml_list(texts(value));
    const auto plain = plain_value(row, value);
    if (row.type == Type::Bool || row.type == Type::Integer) return plain;
    return toml_string(plain);
}

std::string plain_value(const Row& row, const Value& value) {
    if (is_list(row.type)) return toml_list(texts(value));
    if (const auto* boolean = std::get_if<bool>(&value)) return *boolean ? "true" : "false";
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
    if (const auto* size = std::get_if<std::uint64_t>(&value)) return format_size(*size);
    if (const auto* duration = std::get_if<milliseconds>(&value)) return format_duration(*duration);
    return std::get<std::string>(value);
}

std::string toml_string(std::string_view text) {
    constexpr char kHex[] = "0123456789ABCDEF";
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out.append(1, '\\').append(1, c);
        } else if (is_control(c)) {
            const auto octet = static_cast<unsigned char>(c);
            out.append("\\u00").append(1, kHex[octet >> 4]).append(1, kHex[octet & 15]);
        } else {
            out.push_back(c);
        }
    }
    return out + "\"";
}

std::string expectation(const Row& row) {
    const auto* syntax = find_syntax(row.bounds);
    const std::string shape(syntax != nullptr ? syntax->expected : "a string");
    switch (row.type) {
        case Type::Bool: return "true or false";
        case Type::Integer: return "an integer" + range_text(row.bounds);
        case Type::Size: return "a size such as \"25M\"" + range_text(row.bounds);
        case Type::Duration: return "a duration such as \"10m\"" + range_text(row.bounds);
        case Type::String: return shape;
        case Type::Path: return row.bounds == "optional" ? "an absolute path, or \"\"" : "an absolute path";
        case Type::Enum: return enum_text(row.bounds);
        case Type::StringList: return "a list, each " + shape;
        case Type::DurationList: return "a list, each a duration such as \"10m\"" + range_text(row.bounds);
        case Type::NetworkList: return "a list, each a network such as \"192.0.2.0/24\" without bits beyond its prefix";
    }
    return {};
}

std::string toml_of(const Row& row, std::string_view typed) {
    const auto text = trim(typed);
    const bool string_like =
        is_list(row.type) ? !text.starts_with('[') : row.type != Type::Bool && row.type != Type::Integer;
    const bool stands_bare = string_like && !text.starts_with('"') && !text.starts_with('\'');
    return stands_bare ? toml_string(text) : std::string(text);
}

std::optional<milliseconds> parse_duration(std::string_view text) {
    if (text == "0") return milliseconds(0);
    if (text.empty()) return std::nullopt;
    std::uint64_t total = 0;
    const Unit* last = nullptr;  // units must fall: "1h30m", never "30m1h"
    while (!text.empty()) {
        const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
        const auto unit_end = std::min(text.find_first_of("0123456789", digits), text.size());
        const auto number = parse_number<std::uint64_t>(text.substr(0, digits));
        const auto name = text.substr(digits, unit_end - digits);
        const auto* const unit =
            std::find_if(kDurationUnits.begin(), kDurationUnits.end(), [&](const Unit& u) { return u.name == name; });
        if (!number || unit == kDurationUnits.end() || (last != nullptr && unit <= last)) return std::nullopt;
        if (*number > kLongestDuration / unit->factor) return std::nullopt;
        total += *number * unit->factor;
        if (total > kLongestDuration) return std::nullopt;
        last = unit;
        text.remove_prefix(unit_end);
    }
    return milliseconds(total);
}

std::string format_duration(milliseconds duration) {
    auto rest = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
    if (rest == 0) return "0";
    std::string out;
    // Weeks are read but not written: "14d" is what people say.
    for (auto unit = kDurationUnits.begin() + 1; unit != kDurationUnits.end(); ++unit) {
        if (rest < unit->factor) continue;
        out += std::to_string(rest / unit->factor) + std::string(unit->name);
        rest %= unit->factor;
    }
    return out;
}

std::optional<Rate> parse_rate(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto count = parse_number<std::uint32_t>(text.substr(0, slash));
    const auto time = parse_duration(text.substr(slash + 1));
    if (!count || *count == 0 || !time || time->count() <= 0) return std::nullopt;
    return Rate{*count, *time};
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    std::uint64_t factor = 1;
    for (const auto& unit : kSizeUnits) {
        if (text.size() > 1 && to_upper(text.back()) == unit.name.front()) {
            factor = unit.factor;
            text.remove_suffix(1);
            break;
        }
    }
    const auto number = parse_number<std::uint64_t>(text);
    if (!number || *number > kLargestSize / factor) return std::nullopt;
    return *number * factor;
}

std::string format_size(std::uint64_t bytes) {
    for (const auto& unit : kSizeUnits)
        if (bytes >= unit.factor && bytes % unit.factor == 0)
            return std::to_string(bytes / unit.factor) + std::string(unit.name);
    return std::to_string(bytes);
}

}  // namespace md::config
