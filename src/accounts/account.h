// accounts/account.h - what a domain is, and what an address in it can be: an account, an alias or a group
#pragma once

#include <cstdint>
#include <string>
#include <variant>
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
    std::string place;                 ///< where it is kept, for people
    std::vector<std::string> forward;  ///< addresses that get its mail, too
    bool forward_keep = true;          ///< its own mailbox gets what is forwarded
    bool subaddress_folders = true;    ///< user+folder goes to that folder, where it exists

    [[nodiscard]] bool takes_mail() const noexcept { return state != State::disabled; }
    [[nodiscard]] bool may_log_in() const noexcept { return state == State::enabled; }
};

/// An address that stands for others.
struct Alias {
    Name name;
    std::vector<std::string> targets;  ///< addresses, here or elsewhere
    std::string comment;
    std::string place;
};

/// People who are written to, and may send, as one.
struct Group {
    Name name;
    std::string full_name;
    std::vector<std::string> members;  ///< addresses, here or elsewhere
    std::vector<std::string> send_as;  ///< further senders that members may use
    std::string place;
};

/// What an address names.
using Entry = std::variant<Account, Alias, Group>;

[[nodiscard]] const Name& name_of(const Entry& entry) noexcept;
[[nodiscard]] const std::string& place_of(const Entry& entry) noexcept;
/// "account", "alias", "group"
[[nodiscard]] std::string_view kind_of(const Entry& entry) noexcept;

struct Domain {
    std::string name;
    std::string postmaster;            ///< address for postmaster@ and abuse@ where these are nothing; empty: none
    std::uint64_t quota_bytes = 0;     ///< of each account that has none of its own; 0: none
    std::uint64_t quota_messages = 0;  ///< likewise
    bool enabled = true;               ///< else mail for it is refused, and nobody of it logs in
    std::string catch_all = {};        ///< address for what nobody else in it has; empty: that is unknown
    std::string alias_of = {};         ///< the domain whose addresses are meant; empty: its own
    std::string place = {};            ///< where it is kept, for people
    std::string report_language = {};  ///< of reports to its senders; empty: as dsn.language says
};

}  // namespace md::accounts
