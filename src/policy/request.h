// policy/request.h - what is said over the socket of the state child
//
// PURPOSE
//   Questions and answers as octets, for policy/state.h (who answers), client.h and subscriber.h (who ask).
// FORMAT
//   doc/formats/policy-state.md, version 2, in the frames of doc/formats/ipc-frame.md
// CONTRACT
//   Pure. Readers take any octets: what is not of this version or not in its form is none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/counters.h"
#include "policy/entry.h"
#include "policy/state_store.h"

namespace md::policy::request {

/// Below paths.run: for mdctl and the judges, who may ask all.
inline constexpr std::string_view kSocket = "filter-state.sock";
/// Below paths.run: for the daemons that speak to clients. They follow the bans and count; they change nothing.
inline constexpr std::string_view kPolicySocket = "policy.sock";

enum Type : std::uint16_t { kChange = 1, kList = 2, kCheck = 3, kAttend = 4, kNext = 5, kCount = 6 };

enum class Operation : std::uint8_t {
    add = 1,     ///< must not be there
    put = 2,     ///< in place of what is there
    remove = 3,  ///< must be there
    drop = 4,    ///< gone afterwards, whether it is there or not
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
    std::string cursor;  ///< of the page before; empty: from the beginning
};
[[nodiscard]] std::string write(const ListQuestion& question);
[[nodiscard]] std::optional<ListQuestion> read_list_question(std::string_view octets);

/// In no order. An entry may come twice where the list was changed meanwhile.
struct ListPage {
    std::vector<Entry> entries;
    std::string cursor;  ///< ask on with it; empty: this was the last page
};
[[nodiscard]] std::string write(const ListPage& page);
[[nodiscard]] std::optional<ListPage> read_list_page(std::string_view octets);

/// Which entry does this address or name meet? Answered by a ListPage of one entry or none.
struct CheckQuestion {
    List list = List::black;
    Kind kind = Kind::ip;
    std::string text;
    std::vector<std::string> scopes;  ///< in which it is looked for, one after the other; "" the whole installation
};
[[nodiscard]] std::string write(const CheckQuestion& question);
[[nodiscard]] std::optional<CheckQuestion> read_check_question(std::string_view octets);

/// Which lists: a bit for each.
using ListSet = std::uint8_t;
[[nodiscard]] constexpr ListSet bit(List list) noexcept {
    return static_cast<ListSet>(1U << static_cast<unsigned>(list));
}
inline constexpr ListSet kBothColours = bit(List::black) | bit(List::white);
inline constexpr ListSet kAllLists = kBothColours | bit(List::ban);

/// Who holds a copy: a number that it chose, for as long as its connection lives, and of which lists.
struct Attendance {
    std::uint64_t subscriber = 0;
    ListSet lists = kBothColours;
};
[[nodiscard]] std::string write(const Attendance& attendance);
[[nodiscard]] std::optional<Attendance> read_attendance(std::string_view octets);

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

/// Answered by as many Counted.
struct CountEvent {
    Occasion occasion = Occasion::connection;
    IpAddress address;
};
[[nodiscard]] std::string write(const std::vector<CountEvent>& events);
[[nodiscard]] std::optional<std::vector<CountEvent>> read_count_events(std::string_view octets);
[[nodiscard]] std::string write(const std::vector<Counted>& counted);
[[nodiscard]] std::optional<std::vector<Counted>> read_counted(std::string_view octets);

}  // namespace md::policy::request
