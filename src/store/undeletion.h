// store/undeletion.h - bringing back what the undelete area keeps
//
// PURPOSE
//   kept_messages() says what is there; undelete() puts messages back into their folders.
// CONTRACT
//   Blocks. A message comes back with its date, flags (\Deleted excepted), keywords and EMAILID, under a new UID; its
//   file moves, so that it comes back once, whoever dies meanwhile. What is told as done is durable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/account.h"
#include "store/undelete.h"

namespace md::store {

struct Kept {
    Buried what;             ///< folder, time of the expunge, and the message as it was
    std::string mailbox_id;  ///< that the folder had
    std::string path;        ///< of the file
    std::uint64_t bytes = 0;
};

/// By folder and UID; what an index names and has a file yet.
[[nodiscard]] std::vector<Kept> kept_messages(Files& files, const std::string& undelete_directory);

struct Undeleted {
    struct Back {
        Kept message;
        Uid uid;
    };
    std::vector<Back> back;
    std::vector<Kept> no_room;    ///< the quota has none
    std::vector<Kept> no_folder;  ///< its folder cannot be made again
};

[[nodiscard]] Undeleted undelete(Account& account, std::vector<Kept> messages, const QuotaLimits& quota);

}  // namespace md::store
