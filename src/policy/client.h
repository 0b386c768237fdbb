// policy/client.h - asks the state child about the lists, and changes them
//
// PURPOSE
//   What `mdctl blacklist` and `whitelist` do. policy/text_list.h has their text.
// CONTRACT
//   Never throws but Cancelled. A change that is done is durable, and every daemon that holds a copy acts on it.
#pragma once

#include <vector>

#include "async/scope.h"
#include "async/task.h"
#include "ipc/client.h"
#include "policy/entry.h"
#include "policy/request.h"

namespace md::policy {

struct Trouble {
    enum class Kind : std::uint8_t {
        unavailable,  ///< nobody answers; text: why
        exists,       ///< nothing was changed
        not_there,    ///< nothing was changed
        full,         ///< nothing was changed
        not_heard,    ///< changed, but not every daemon said in time that it acts on it
    };
    Kind kind = Kind::unavailable;
    std::string text;
};

template <class T>
using Answered = Result<T, Trouble>;

class Client {
  public:
    /// `socket`: paths.run/filter-state.sock (request::kSocket)
    Client(async::Scope& scope, std::string socket);

    /// `entry.value` is canonical.
    async::Task<Answered<void>> add(Entry entry);
    /// Only what key_of() looks at counts.
    async::Task<Answered<void>> remove(Entry entry);
    /// All of them, in parts; such as are not there are passed over.
    async::Task<Answered<void>> remove_all(std::vector<Entry> entries);
    /// All of one list, in the order of kind, scope and value.
    async::Task<Answered<std::vector<Entry>>> list(List list);
    /// Which entry an address or a name would meet in the first of these scopes that has one; none: in none of them.
    async::Task<Answered<std::optional<Entry>>> check(request::CheckQuestion question);
    /// In place of those that are there; others stay. A fault in the middle leaves what came before it.
    async::Task<Answered<void>> import(std::vector<Entry> entries);

  private:
    async::Task<Answered<void>> change(std::vector<request::Change> changes);
    async::Task<Answered<void>> change_in_parts(request::Operation operation, std::vector<Entry> entries);

    ipc::Client client_;
};

}  // namespace md::policy
