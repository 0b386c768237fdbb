// log/field.h - one value in an event: a text, a number, a yes or no, or the cause of a failure
//
// CONTRACT
//   Lives only for the call that writes the event: texts are viewed, not copied. What is written never holds a control
//   octet, whatever the value holds.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include "base/ids.h"

namespace md::log {

class Field {
  public:
    Field(std::string_view text) noexcept : text_(text) {}
    Field(const char* text) noexcept : text_(text) {}
    Field(const std::string& text) noexcept : text_(text) {}
    Field(bool value) noexcept : text_(value ? "true" : "false"), bare_(true) {}
    template <std::integral N>
    requires(!std::same_as<N, bool> && !std::same_as<N, char>) Field(N value)
        : own_(std::to_string(value)), bare_(true) {}
    Field(QueueId id) : own_(id.text()) {}
    /// Seconds with their thousandths.
    template <class Rep, class Period>
    Field(std::chrono::duration<Rep, Period> time)
        : own_(seconds(std::chrono::duration_cast<std::chrono::milliseconds>(time))), bare_(true) {}
    Field(const std::exception& cause) : own_(cause.what()) {}
    Field(const std::exception_ptr& cause) : own_(describe(cause)) {}

    [[nodiscard]] std::string_view text() const noexcept { return own_.empty() ? text_ : std::string_view(own_); }
    /// A number or yes or no: without quotes in JSON.
    [[nodiscard]] bool bare() const noexcept { return bare_; }

  private:
    [[nodiscard]] static std::string seconds(std::chrono::milliseconds time);
    [[nodiscard]] static std::string describe(const std::exception_ptr& cause);

    std::string_view text_;
    std::string own_;
    bool bare_ = false;
};

}  // namespace md::log
