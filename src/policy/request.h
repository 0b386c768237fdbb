// policy/request.h - what is said over the socket of the state child
//
// PURPOSE
//   Questions and answers as octets, for policy/state.h (who answers), client.h and subscriber.h (who ask).
// FORMAT
//   doc/formats/policy-state.md, version 1, in the frames of doc/formats/ipc-frame.md
// CONTRACT
//   Pure. Readers take any octets: what is not of this version or not in its form is none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/entry.h"
#include "policy/state_store.h"

namespace md::policy::request {

/// Below paths.run.
inline constexpr std::string_view kSocket = "filter-state.sock";

enum Type : std::uint16_t { kChange = 1, kList = 2, kCheck = 3, kAttend = 4, kNext = 5 };

enum class Operation : std::uint8_t {
    add = 1,     ///< must not be there
    put = 2,     ///< in place of what is there
    remove = 3,  ///< must be there
};
struct Change {
    Operation operation = Operation::add;
    Entry entry;
};
[[nodiscard]] std::string write(const std::vector<Change>& changes);
[[nodiscard]] std::optional<std::vector<Change>> read_changes(std::string_view octets);

enum class Done : std::uint8_t {
    done = 0,
    exists = 1,     ///< nothing was changed
    not_there = 2,  ///< nothing was changed
    full = 3,       ///< nothing was changed
    not_heard = 4,  ///< it is changed, but not every daemon said in time that it acts on it
};
struct ChangeReply {
    Done done = Done::done;
    std::uint32_t index = 0;  ///< of the change that it is about
};
[[nodiscard]] std::string write(const ChangeReply& reply);
[[nodiscard]] std::optional<ChangeReply> read_change_reply(std::string_view octets);

struct ListQuestion {
    List list = List::black;
    std::string after;  ///< key of the last entry that is known; empty: from the beginning
};
[[nodiscard]] std::string write(const ListQuestion& question);
[[nodiscard]] std::optional<ListQuestion> read_list_question(std::string_view octets);

struct ListPage {
    std::vector<Entry> entries;
    bool more = false;
};
[[nodiscard]] std::string write(const ListPage& page);
[[nodiscard]] std::optional<ListPage> read_list_page(std::string_view octets);

/// Is this address or sender on the list? Answered by a ListPage of one entry or none.
struct CheckQuestion {
    List list = List::black;
    Kind kind = Kind::ip;
    std::string text;
};
[[nodiscard]] std::string write(const CheckQuestion& question);
[[nodiscard]] std::optional<CheckQuestion> read_check_question(std::string_view octets);

/// Who holds a copy: a number that it chose, for as long as its connection lives.
[[nodiscard]] std::string write_attend(std::uint64_t subscriber);
[[nodiscard]] std::optional<std::uint64_t> read_attend(std::string_view octets);

struct NextQuestion {
    std::uint64_t subscriber = 0;
    std::uint64_t epoch = 0;    ///< of the state child's life; 0: nothing is known
    std::uint64_t version = 0;  ///< acted upon
    std::string cursor;         ///< of a snapshot under way
};
[[nodiscard]] std::string write(const NextQuestion& question);
[[nodiscard]] std::optional<NextQuestion> read_next_question(std::string_view octets);

struct NextReply {
    enum class Form : std::uint8_t {
        changes = 0,  ///< since the version asked with; afterwards the copy is at `version`
        first_page =
            1,  ///< of a snapshot: what was known is forgotten; `version` is the copy's when the last page is in
        further_page = 2,  ///< `version` as with the first
    };
    std::uint64_t epoch = 0;
    std::uint64_t version = 0;
    Form form = Form::changes;
    std::vector<StoreChange> records;
    std::string cursor;  ///< ask on with it; empty: this was the last page
};
[[nodiscard]] std::string write(const NextReply& reply);
[[nodiscard]] std::optional<NextReply> read_next_reply(std::string_view octets);

}  // namespace md::policy::request
