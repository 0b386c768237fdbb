// policy/berkeley_store.h - the state in one Berkeley DB environment with one owner
//
// CONTRACT
//   Opening recovers: what was committed is there, what was not is not. Nobody else opens the folder; a second owner is
//   refused (SystemError EBUSY) by a lock that the first holds. Calls are one at a time, hence no lock region.
// FORMAT
//   doc/formats/policy-state.md
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/files.h"
#include "policy/state_store.h"

namespace md::policy {

class BerkeleyStore final : public StateStore {
  public:
    /// `folder` is made if it is not there.
    BerkeleyStore(Files& files, const std::string& folder);
    ~BerkeleyStore() override;

    void read_all(std::string_view table,
                  const std::function<void(std::string_view key, std::string_view record)>& take) override;
    void apply(std::string_view table, const std::vector<StoreChange>& changes) override;

  private:
    struct Handles;

    std::mutex mutex_;
    std::unique_ptr<File> owner_;
    std::unique_ptr<Handles> handles_;
};

}  // namespace md::policy
