// policy/state_store.h - where the state child keeps what must outlive it
//
// PURPOSE
//   Tables of keys and records. berkeley_store.h keeps them in Berkeley DB; several machines would keep them elsewhere.
// CONTRACT
//   Every call may block: on a loop only behind a worker pool. Thread-safe. apply() is one transaction: after it
//   returns all of it is durable, and after a fault or a crash none of it or all. SystemError.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace md::policy {

struct StoreChange {
    std::string key;
    std::optional<std::string> record;  ///< none: removed
};

class StateStore {
  public:
    virtual ~StateStore() = default;

    /// All records, in the order of their keys.
    virtual void read_all(std::string_view table,
                          const std::function<void(std::string_view key, std::string_view record)>& take) = 0;
    virtual void apply(std::string_view table, const std::vector<StoreChange>& changes) = 0;
};

}  // namespace md::policy
