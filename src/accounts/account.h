// accounts/account.h - what a domain and an account are
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "accounts/name.h"

namespace md::accounts {

enum class State : std::uint8_t {
    enabled,
    disabled,  ///< neither takes mail nor logs in
    frozen,    ///< takes mail, does not log in
};

[[nodiscard]] std::string_view name_of(State state) noexcept;

struct Account {
    Name name;
    std::string full_name;
    State state = State::enabled;
    std::uint64_t quota_bytes = 0;     ///< 0: none; its own, or its domain's
    std::uint64_t quota_messages = 0;  ///< likewise
    std::vector<std::string> send_as;  ///< further addresses that it may use as its sender
    std::string source;                ///< "file": the back end that knows it

    [[nodiscard]] bool takes_mail() const noexcept { return state != State::disabled; }
    [[nodiscard]] bool may_log_in() const noexcept { return state == State::enabled; }
    /// submission.sender_must_match: its own address, with or without +detail, or one of send_as.
    [[nodiscard]] bool may_send_as(const mail::Address& sender) const;
};

struct Domain {
    std::string name;
    std::string postmaster;            ///< account for postmaster@ and abuse@ where these are no accounts; empty: none
    std::uint64_t quota_bytes = 0;     ///< of each account that has none of its own; 0: none
    std::uint64_t quota_messages = 0;  ///< likewise
};

}  // namespace md::accounts
