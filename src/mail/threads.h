// mail/threads.h - which message answers which: the two thread algorithms of IMAP
//
// PURPOSE
//   ReferencesThreader is given the searched messages in the order of the mailbox, each with its fields, and makes the
//   forest of RFC 5256 §3; thread_by_subject() makes the poor man's one.
// CONTRACT
//   Pure. No recursion, whatever the depth. Cost: n log n in the messages, linear in the text of their fields. Memory:
//   what the messages and the identifiers that they refer to take; beyond kUnseenLimit such identifiers of messages
//   that are not there, further ones are passed over. Looking for loops has a budget too (kWalkLimit steps in all),
//   which only mail made for it uses up: links that cannot be checked any more are not made.
// RFC
//   5256 §3 (ORDEREDSUBJECT, REFERENCES)
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
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
    std::uint32_t number = 0;  ///< sequence number or UID; not 0
    std::int64_t sent = 0;     ///< §2.2
    std::string subject;       ///< base subject, prepared for comparing
    bool is_reply = false;
};

class ReferencesThreader {
  public:
    static constexpr std::size_t kUnseenLimit = 1 << 20;
    static constexpr std::size_t kWalkLimit = 100'000'000;

    /// In the order of the mailbox. The values of the three fields; empty: not there.
    void add(ThreadMessage message, std::string_view message_id, std::string_view references,
             std::string_view in_reply_to);
    [[nodiscard]] Forest finish();

  private:
    struct Node {
        std::uint32_t parent = Forest::kNone;
        std::uint32_t message = Forest::kNone;  ///< index in messages_; none: a dummy
        std::uint32_t children = 0;
    };

    std::uint32_t node_of(std::string_view id);
    std::uint32_t own_node(std::string_view message_id);
    void link(std::uint32_t parent, std::uint32_t child);
    bool is_above(std::uint32_t node, std::uint32_t other);

    /// Looks up without a copy.
    struct IdHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view id) const noexcept { return std::hash<std::string_view>{}(id); }
    };

    std::unordered_map<std::string, std::uint32_t, IdHash, std::equal_to<>> ids_;
    std::vector<Node> nodes_;
    std::vector<ThreadMessage> messages_;
    std::vector<std::uint32_t> chain_;
    std::size_t unseen_ = 0;
    std::size_t walked_ = 0;
};

[[nodiscard]] Forest thread_by_subject(std::vector<ThreadMessage> messages);

/// The next msg-id of a field from `at` on, which is moved behind it: without brackets, its quotes and blanks taken
/// away, so that two spellings are one (§3). Empty: there is none left.
[[nodiscard]] std::string next_message_id(std::string_view value, std::size_t& at);

}  // namespace md::mail
