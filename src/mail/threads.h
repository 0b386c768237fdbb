// mail/threads.h - which message answers which: the two thread algorithms of IMAP
//
// PURPOSE
//   links_of() reads the fields by which a message refers to others. ReferencesThreader is given the searched messages
//   in the order of the mailbox, each with these links, and makes the forest of RFC 5256 §3; thread_by_subject() makes
//   the poor man's one. Subjects and identifiers come to both as numbers, equal ones for equal texts: whoever has read
//   them keeps the texts.
// CONTRACT
//   Pure. No recursion, whatever the depth. Cost: n log n in the messages, linear in their links; memory likewise, and
//   four octets for each number up to the highest one of an identifier. Looking for loops has a budget (kWalkLimit
//   steps in all), which only mail made for it uses up: links that cannot be checked any more are not made.
// RFC
//   5256 §3 (ORDEREDSUBJECT, REFERENCES)
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace md::mail {

/// Trees of messages; siblings and trees are in their final order.
struct Forest {
    static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
    struct Node {
        std::uint32_t number = 0;  ///< of the message; 0: none, a parent that is not there
        std::uint32_t first_child = kNone;
        std::uint32_t next = kNone;  ///< sibling
    };
    std::vector<Node> nodes;
    std::uint32_t first_root = kNone;
};

/// What threads need of a message.
struct ThreadMessage {
    std::uint32_t number = 0;   ///< sequence number or UID; not 0
    std::int64_t sent = 0;      ///< §2.2
    std::uint32_t subject = 0;  ///< the rank of the base subject among all; 0: it is empty
    bool is_reply = false;
};

class ReferencesThreader {
  public:
    static constexpr std::size_t kWalkLimit = 100'000'000;

    /// In the order of the mailbox, with its links as numbers from 1 on; 0: it has no identifier.
    void add(const ThreadMessage& message, std::uint32_t id, std::span<const std::uint32_t> parents);
    [[nodiscard]] Forest finish();

  private:
    struct Node {
        std::uint32_t parent = Forest::kNone;
        std::uint32_t message = Forest::kNone;  ///< index in messages_; none: a dummy
        std::uint32_t children = 0;
    };

    std::uint32_t& node_at(std::uint32_t id);
    std::uint32_t new_node();
    std::uint32_t node_of(std::uint32_t id);
    std::uint32_t own_node(std::uint32_t id);
    void link(std::uint32_t parent, std::uint32_t child);
    bool is_above(std::uint32_t node, std::uint32_t other);

    std::vector<std::uint32_t> ids_;  ///< the node of each identifier
    std::vector<Node> nodes_;
    std::vector<ThreadMessage> messages_;
    std::size_t walked_ = 0;
};

[[nodiscard]] Forest thread_by_subject(std::vector<ThreadMessage> messages);

/// What a message says of itself and of those above it (step 1).
struct MessageLinks {
    /// More than any program writes; of more the last count, where the parent stands.
    static constexpr std::size_t kParentsLimit = 1000;

    std::string id;                    ///< empty: it has none
    std::vector<std::string> parents;  ///< the references, the direct parent last
};
/// The values of the three fields; empty: not there. In-Reply-To counts where there are no references.
[[nodiscard]] MessageLinks links_of(std::string_view message_id, std::string_view references,
                                    std::string_view in_reply_to);

/// The next msg-id of a field from `at` on, which is moved behind it: without brackets, its quotes and blanks taken
/// away, so that two spellings are one (§3). Empty: there is none left.
[[nodiscard]] std::string next_message_id(std::string_view value, std::size_t& at);

}  // namespace md::mail
