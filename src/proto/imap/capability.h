// proto/imap/capability.h - what CAPABILITY tells, by situation
//
// CONTRACT
//   A capability is told exactly where the session honours it; an extension adds its row here.
//   LOGINDISABLED stands wherever a password would be refused for want of TLS.
// RFC
//   3501 §6.1.1, §6.2.3, §11.1; 7888 (LITERAL+); 4959 (SASL-IR); 2177 (IDLE); 2971 (ID); 3502, 3691, 4315, 5161, 6851,
//   7889; 3516 (BINARY); 4978 (COMPRESS); 5802, 7677 (SCRAM); 4731 (ESEARCH); 5182 (SEARCHRES); 5256 (SORT, THREAD);
//   5267 (ESORT); 5032 (WITHIN); 7162 (CONDSTORE, QRESYNC); 8474 (OBJECTID)
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "proto/imap/command_table.h"

namespace md::imap {

struct Situation {
    State state = State::not_authenticated;
    bool encrypted = false;          ///< TLS is on
    bool starttls_offered = false;   ///< the listener can begin TLS
    bool may_log_in = false;         ///< a password is taken here and now
    bool compressed = false;         ///< COMPRESS is on
    std::uint64_t append_limit = 0;  ///< octets of a message
};

struct Capability {
    std::string_view name;
    bool (*told)(const Situation&);
    std::uint64_t Situation::*value = nullptr;  ///< told behind "="
};

inline bool before_login(const Situation& s) {
    return s.state == State::not_authenticated;
}

/// What serves nobody before: the greeting stays short.
inline bool after_login(const Situation& s) {
    return s.state != State::not_authenticated;
}

inline constexpr std::array kCapabilities{
    Capability{"IMAP4rev1", [](const Situation&) { return true; }},
    Capability{"LITERAL+", [](const Situation&) { return true; }},
    Capability{"ID", [](const Situation&) { return true; }},
    Capability{"IDLE", [](const Situation&) { return true; }},
    Capability{"BINARY", after_login},
    Capability{"COMPRESS=DEFLATE", [](const Situation& s) { return !before_login(s) && !s.compressed; }},
    Capability{"ESEARCH", after_login},
    Capability{"ESORT", after_login},
    Capability{"SEARCHRES", after_login},
    Capability{"SORT", after_login},
    Capability{"THREAD=ORDEREDSUBJECT", after_login},
    Capability{"THREAD=REFERENCES", after_login},
    Capability{"WITHIN", after_login},
    Capability{"ENABLE", after_login},
    Capability{"CONDSTORE", after_login},
    Capability{"QRESYNC", after_login},
    Capability{"OBJECTID", after_login},
    Capability{"UNSELECT", after_login},
    Capability{"UIDPLUS", after_login},
    Capability{"MOVE", after_login},
    Capability{"MULTIAPPEND", after_login},
    Capability{"APPENDLIMIT", after_login, &Situation::append_limit},
    Capability{"NAMESPACE", after_login},
    Capability{"CHILDREN", after_login},
    Capability{"LIST-EXTENDED", after_login},
    Capability{"LIST-STATUS", after_login},
    Capability{"STATUS=SIZE", after_login},
    Capability{"SPECIAL-USE", after_login},
    Capability{"CREATE-SPECIAL-USE", after_login},
    Capability{"QUOTA", after_login},
    Capability{"QUOTA=RES-STORAGE", after_login},
    Capability{"QUOTA=RES-MESSAGE", after_login},
    Capability{"SASL-IR", before_login},
    Capability{"STARTTLS", [](const Situation& s) { return before_login(s) && s.starttls_offered && !s.encrypted; }},
    Capability{"LOGINDISABLED", [](const Situation& s) { return before_login(s) && !s.may_log_in; }},
    Capability{"AUTH=SCRAM-SHA-256", [](const Situation& s) { return before_login(s) && s.may_log_in; }},
    Capability{"AUTH=SCRAM-SHA-1", [](const Situation& s) { return before_login(s) && s.may_log_in; }},
    Capability{"AUTH=PLAIN", [](const Situation& s) { return before_login(s) && s.may_log_in; }},
    Capability{"AUTH=LOGIN", [](const Situation& s) { return before_login(s) && s.may_log_in; }},
};

/// "IMAP4rev1 LITERAL+ …", as it stands behind "* CAPABILITY " or in a response code.
[[nodiscard]] std::string capabilities(const Situation& situation);

}  // namespace md::imap
