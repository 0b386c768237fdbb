// ipc/json.h - JSON values for control requests, mdctl's output and what else people's programs read
//
// PURPOSE
//   The one wrapper of the JSON library. A value is null, bool, integer, real, text, array or object; objects keep the
//   order in which members were added.
// CONTRACT
//   parse() refuses what is no JSON, nesting beyond 64 and more than one document. dump() never fails: octets that are
//   no UTF-8 become U+FFFD. Reading a member that is not there or of another kind gives the fallback, never an error.
// RFC
//   8259
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace md::ipc {

class Json {
  public:
    using Array = std::vector<Json>;
    using Member = std::pair<std::string, Json>;
    using Object = std::vector<Member>;

    Json() = default;  ///< null
    Json(bool value) : value_(value) {}
    template <std::integral N>
    requires(!std::same_as<N, bool> && !std::same_as<N, char>) Json(N value)
        : value_(static_cast<std::int64_t>(value)) {}
    Json(double value) : value_(value) {}
    Json(std::string value) : value_(std::move(value)) {}
    Json(std::string_view value) : value_(std::string(value)) {}
    Json(const char* value) : value_(std::string(value)) {}
    [[nodiscard]] static Json array() { return Json(Array{}, 0); }
    [[nodiscard]] static Json object() { return Json(Object{}, 0); }

    [[nodiscard]] static std::optional<Json> parse(std::string_view text);
    /// On one line, or indented by two.
    [[nodiscard]] std::string dump(bool pretty = false) const;

    [[nodiscard]] bool is_null() const noexcept { return value_.index() == 0; }
    [[nodiscard]] bool is_array() const noexcept { return std::holds_alternative<Array>(value_); }
    [[nodiscard]] bool is_object() const noexcept { return std::holds_alternative<Object>(value_); }

    /// Array and object of this value; empty if it is none.
    [[nodiscard]] const Array& items() const noexcept;
    [[nodiscard]] const Object& members() const noexcept;
    /// null: no object, or no such member
    [[nodiscard]] const Json* find(std::string_view key) const noexcept;

    [[nodiscard]] std::string text(std::string_view key, std::string_view fallback = "") const;
    [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t fallback = 0) const noexcept;
    [[nodiscard]] bool boolean(std::string_view key, bool fallback = false) const noexcept;
    [[nodiscard]] std::optional<std::string> as_text() const;
    [[nodiscard]] std::optional<std::int64_t> as_integer() const noexcept;
    [[nodiscard]] std::optional<double> as_real() const noexcept;  ///< of an integer too
    [[nodiscard]] std::optional<bool> as_boolean() const noexcept;

    /// Makes a null an object, and sets the member.
    Json& set(std::string key, Json value);
    /// Makes a null an array, and appends.
    Json& add(Json value);

    friend bool operator==(const Json&, const Json&) = default;

  private:
    Json(Array array, int) : value_(std::move(array)) {}
    Json(Object object, int) : value_(std::move(object)) {}

    std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object> value_{nullptr};
};

}  // namespace md::ipc
