// ipc/json.cc - see json.h; the one file that includes the JSON library

#include "ipc/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace md::ipc {

namespace {

using Library = nlohmann::ordered_json;

constexpr int kMaxDepth = 64;

Json from_library(const Library& value) {
    switch (value.type()) {
        case Library::value_t::boolean: return Json(value.get<bool>());
        case Library::value_t::number_integer: return Json(value.get<std::int64_t>());
        case Library::value_t::number_unsigned:
            if (value.get<std::uint64_t>() > INT64_MAX) return Json(value.get<double>());
            return Json(value.get<std::int64_t>());
        case Library::value_t::number_float: return Json(value.get<double>());
        case Library::value_t::string: return Json(value.get_ref<const std::string&>());
        case Library::value_t::array: {
            auto array = Json::array();
            for (const auto& item : value) array.add(from_library(item));
            return array;
        }
        case Library::value_t::object: {
            auto object = Json::object();
            for (const auto& [key, member] : value.items()) object.set(key, from_library(member));
            return object;
        }
        default: return {};
    }
}

Library to_library(const Json& json) {
    if (const auto flag = json.as_boolean()) return *flag;
    if (const auto number = json.as_integer()) return *number;
    if (const auto number = json.as_real()) return *number;
    if (auto text = json.as_text()) return *std::move(text);
    if (json.is_array()) {
        auto array = Library::array();
        for (const auto& item : json.items()) array.push_back(to_library(item));
        return array;
    }
    if (json.is_object()) {
        auto object = Library::object();
        for (const auto& [key, value] : json.members()) object[key] = to_library(value);
        return object;
    }
    return nullptr;
}

}  // namespace

std::optional<Json> Json::parse(std::string_view text) {
    // from_library() recurses for each level: a text that is too deep never gets there.
    bool too_deep = false;
    const auto watch = [&too_deep](int depth, Library::parse_event_t, Library&) {
        too_deep = too_deep || depth > kMaxDepth;
        return !too_deep;
    };
    const auto value = Library::parse(text, watch, false);
    if (too_deep || value.is_discarded()) return std::nullopt;
    return from_library(value);
}

std::string Json::dump(bool pretty) const {
    return to_library(*this).dump(pretty ? 2 : -1, ' ', false, Library::error_handler_t::replace);
}

const Json::Array& Json::items() const noexcept {
    static const Array none;
    const auto* array = std::get_if<Array>(&value_);
    return array != nullptr ? *array : none;
}

const Json::Object& Json::members() const noexcept {
    static const Object none;
    const auto* object = std::get_if<Object>(&value_);
    return object != nullptr ? *object : none;
}

const Json* Json::find(std::string_view key) const noexcept {
    const auto& all = members();
    const auto found = std::find_if(all.begin(), all.end(), [key](const Member& m) { return m.first == key; });
    return found == all.end() ? nullptr : &found->second;
}

std::string Json::text(std::string_view key, std::string_view fallback) const {
    const auto* member = find(key);
    const auto* text = member != nullptr ? std::get_if<std::string>(&member->value_) : nullptr;
    return text != nullptr ? *text : std::string(fallback);
}

std::int64_t Json::integer(std::string_view key, std::int64_t fallback) const noexcept {
    const auto* member = find(key);
    return member != nullptr ? member->as_integer().value_or(fallback) : fallback;
}

bool Json::boolean(std::string_view key, bool fallback) const noexcept {
    const auto* member = find(key);
    return member != nullptr ? member->as_boolean().value_or(fallback) : fallback;
}

std::optional<std::string> Json::as_text() const {
    const auto* text = std::get_if<std::string>(&value_);
    return text != nullptr ? std::optional(*text) : std::nullopt;
}

std::optional<std::int64_t> Json::as_integer() const noexcept {
    const auto* number = std::get_if<std::int64_t>(&value_);
    return number != nullptr ? std::optional(*number) : std::nullopt;
}

std::optional<double> Json::as_real() const noexcept {
    if (const auto number = as_integer()) return static_cast<double>(*number);
    const auto* number = std::get_if<double>(&value_);
    return number != nullptr ? std::optional(*number) : std::nullopt;
}

std::optional<bool> Json::as_boolean() const noexcept {
    const auto* flag = std::get_if<bool>(&value_);
    return flag != nullptr ? std::optional(*flag) : std::nullopt;
}

Json& Json::set(std::string key, Json value) {
    if (is_null()) value_ = Object{};
    auto* object = std::get_if<Object>(&value_);
    if (object == nullptr) return *this;
    const auto same = std::find_if(object->begin(), object->end(), [&key](const Member& m) { return m.first == key; });
    if (same != object->end()) {
        same->second = std::move(value);
    } else {
        object->emplace_back(std::move(key), std::move(value));
    }
    return *this;
}

Json& Json::add(Json value) {
    if (is_null()) value_ = Array{};
    if (auto* array = std::get_if<Array>(&value_)) array->push_back(std::move(value));
    return *this;
}

}  // namespace md::ipc
