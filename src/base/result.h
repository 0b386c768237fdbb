// base/result.h - a value, or the reason why there is none
//
// PURPOSE
//   Result<T, E> is what a function returns when the caller or the peer can act on its failure (syntax, unknown user,
//   policy).
// CONTRACT
//   Holds exactly one of T and E. `*r`, `r->` and error() assert that the asked side is there: test first.
//   Failures of this machine are no Result: they are md::SystemError (base/error.h).
#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/assert.h"

namespace md {

/// Marks a value as the failure side: `return fail(SyntaxError{"..."});`
template <class E>
struct Failure {
    E value;
};

template <class E>
[[nodiscard]] Failure<std::decay_t<E>> fail(E&& error) {
    return {std::forward<E>(error)};
}

template <class T, class E>
class [[nodiscard]] Result {
  public:
    using value_type = T;
    using error_type = E;

    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    template <class F, class = std::enable_if_t<std::is_constructible_v<E, F&&>>>
    Result(Failure<F> failure) : state_(std::in_place_index<1>, std::move(failure.value)) {}

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    [[nodiscard]] T& operator*() & { return checked(std::get_if<0>(&state_)); }
    [[nodiscard]] const T& operator*() const& { return checked(std::get_if<0>(&state_)); }
    [[nodiscard]] T&& operator*() && { return std::move(checked(std::get_if<0>(&state_))); }
    [[nodiscard]] T* operator->() { return &**this; }
    [[nodiscard]] const T* operator->() const { return &**this; }

    [[nodiscard]] E& error() & { return checked(std::get_if<1>(&state_)); }
    [[nodiscard]] const E& error() const& { return checked(std::get_if<1>(&state_)); }
    [[nodiscard]] E&& error() && { return std::move(checked(std::get_if<1>(&state_))); }

    template <class U>
    [[nodiscard]] T value_or(U&& other) const& {
        return has_value() ? **this : static_cast<T>(std::forward<U>(other));
    }

  private:
    template <class P>
    static auto& checked(P* side) {
        MD_ASSERT(side != nullptr);
        return *side;
    }

    std::variant<T, E> state_;
};

/// A Result without a value: done, or why not.
template <class E>
class [[nodiscard]] Result<void, E> {
  public:
    using value_type = void;
    using error_type = E;

    Result() = default;
    template <class F, class = std::enable_if_t<std::is_constructible_v<E, F&&>>>
    Result(Failure<F> failure) : error_(std::move(failure.value)) {}

    [[nodiscard]] bool has_value() const noexcept { return !error_; }
    explicit operator bool() const noexcept { return has_value(); }
    [[nodiscard]] const E& error() const& {
        MD_ASSERT(error_.has_value());
        return *error_;
    }
    [[nodiscard]] E&& error() && {
        MD_ASSERT(error_.has_value());
        return std::move(*error_);
    }

  private:
    std::optional<E> error_;
};

}  // namespace md
