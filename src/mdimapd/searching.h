// mdimapd/searching.h - the part that SEARCH, SORT and THREAD have in common
//
// PURPOSE
//   Finds the messages, keeps them as "$" if that is asked for, and writes the items of an ESEARCH response.
// CONTRACT
//   Runs in slices on the pool (slices.h); memory grows with what is found, a few octets a message, and with what is
//   read of one message at a time. Nothing is told of changes meanwhile: sequence numbers stay as the client knows
//   them.
// RFC
//   3501 §6.4.4; 4731; 5182; 5256; 5267 §3
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mdimapd/handlers.h"
#include "store/types.h"

namespace md::mdimapd {

struct Found {
    store::Uid uid = 0;
    store::ModSeq modseq = 0;
    std::int64_t internal_date = 0;
    std::uint64_t size = 0;
};

/// An answer that ends the command before it has begun, if the charset is not known.
[[nodiscard]] std::optional<Reply> refuse_charset(const imap::Search& search);

/// What is found, in the order of the mailbox. "$" is empty afterwards if the search saves.
async::Task<std::vector<Found>> find_messages(Session& session, const imap::Search& search);

[[nodiscard]] std::vector<store::Uid> uids_of(const std::vector<Found>& found);
/// UIDs, or sequence numbers, in the order of `found`.
[[nodiscard]] std::vector<std::uint32_t> numbers_of(Session& session, const std::vector<Found>& found, bool uid);

/// "$" becomes what RFC 5182 §2.4 says of these options.
void save_result(Session& session, const imap::SearchReturn& wanted, const std::vector<Found>& found);

/// Sends the ESEARCH response for what is found, in its order; nothing if nothing but SAVE is wanted.
async::Task<void> send_esearch(Session& session, const imap::Command& command, const imap::Search& search,
                               const std::vector<Found>& found);
/// Sends "* SEARCH 2 84 (MODSEQ 9)" or "* SORT …".
async::Task<void> send_numbers(Session& session, std::string_view name, const std::vector<std::uint32_t>& numbers,
                               std::optional<store::ModSeq> modseq);

/// The highest MODSEQ of what is found, where the search asked for one and there is any.
[[nodiscard]] std::optional<store::ModSeq> told_modseq(const imap::Search& search, const std::vector<Found>& found);

/// Writes all that `writer` has, in pieces.
template <class Writer>
async::Task<void> send_all(Session& session, Writer& writer) {
    constexpr std::size_t piece = 16 * 1024;
    for (bool more = true; more;) {
        more = writer.write(session.out(), piece);
        co_await session.relieve();
    }
}

}  // namespace md::mdimapd
