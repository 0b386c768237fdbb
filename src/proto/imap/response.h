// proto/imap/response.h - answers of the server as octets
//
// CONTRACT
//   Pure: each function appends whole tokens or whole lines to a string. Whatever the arguments hold, no line is
//   broken: free text loses its control and 8-bit octets, strings are quoted or sent as literals. Bodies are not passed
//   through here: body_header() announces the literal, the session streams its octets.
// RFC
//   3501 §4.3, §7; §9 (nstring, resp-text, flag-list, mailbox-list)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/imap/command.h"
#include "proto/imap/flags.h"

namespace md::imap {

enum class Condition : std::uint8_t { ok, no, bad, bye, preauth };

/// "A1 OK [code] text": tag "*" (or empty) is untagged; an empty code is left out; an empty text becomes a dot.
void append_status(std::string& out, std::string_view tag, Condition condition, std::string_view code,
                   std::string_view text);

/// "+ text".
void append_continuation(std::string& out, std::string_view text);

/// "* data", for what is whole already (CAPABILITY).
void append_untagged(std::string& out, std::string_view data);

/// "* 18 EXISTS".
void append_number(std::string& out, std::uint32_t number, std::string_view name);

/// "* VANISHED 41,43:116", or "* VANISHED (EARLIER) …" (RFC 7162 §3.2.10); nothing if there are none.
void append_vanished(std::string& out, const std::vector<NumberRange>& uids, bool earlier);

/// Quoted where every octet may stand in a quoted string, else a literal.
void append_string(std::string& out, std::string_view text);
/// An atom where it can be one.
void append_astring(std::string& out, std::string_view text);
void append_nstring(std::string& out, const std::optional<std::string_view>& text);
/// A name in UTF-8, as the wire writes it.
void append_mailbox(std::string& out, std::string_view name);

/// "(\Seen $Forwarded)". `any`: also "\*", for PERMANENTFLAGS.
void append_flags(std::string& out, FlagBits bits, const std::vector<std::string>& keywords, bool any = false);

/// "* LIST (attributes) "/" name (extended data)"; `response`: LIST or LSUB; empty data is left out.
void append_list(std::string& out, std::string_view response, std::string_view attributes, std::string_view name,
                 std::string_view data);

/// "* QUOTAROOT name", and the root "" if there is one.
void append_quota_root(std::string& out, std::string_view name, bool has_root);

struct StatusValues {
    std::uint32_t messages = 0;
    std::uint32_t recent = 0;
    std::uint32_t uidnext = 0;
    std::uint32_t uidvalidity = 0;
    std::uint32_t unseen = 0;
    std::uint64_t size = 0;
    std::uint64_t highestmodseq = 0;
    std::string_view mailboxid;
    std::uint32_t deleted = 0;
    std::uint64_t deleted_storage = 0;
    std::uint64_t appendlimit = 0;
};
/// "* STATUS name (MESSAGES 1 …)": what was asked for, in the table's order.
void append_status_values(std::string& out, const Status& asked, const StatusValues& values);

/// "* 12 FETCH (" item " " item … ")". Between body_header() and the next call the session sends the octets announced.
class FetchResponse {
  public:
    FetchResponse(std::string& out, std::uint32_t sequence);
    void flags(FlagBits bits, const std::vector<std::string>& keywords);
    void uid(std::uint32_t uid);
    /// Beyond a number of 32 bits its greatest is told (RFC 3501 §9), here and in binary_size().
    void size(std::uint64_t octets);
    void internal_date(DateTime time);
    void modseq(std::uint64_t value);
    void email_id(std::string_view id);
    /// RFC 8474 §5.2: no thread is known.
    void no_thread_id();
    /// ENVELOPE, BODY, BODYSTRUCTURE: `wire` is whole already.
    void made(const FetchItem& item, std::string_view wire);
    /// "BODY[TEXT]<0> {42}"; `binary`: "~{42}", for NUL may be in it (RFC 3516).
    void body_header(const FetchItem& item, std::uint64_t octets, bool binary = false);
    void binary_size(const FetchItem& item, std::uint64_t octets);
    void body(const FetchItem& item, std::string_view octets);
    /// The message is gone and its body with it.
    void no_body(const FetchItem& item);
    /// An answer without items is taken back.
    void end();

  private:
    void separate();
    void label(const FetchItem& item);

    std::string& out_;
    std::size_t start_;
    bool first_ = true;
};

}  // namespace md::imap
