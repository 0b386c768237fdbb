// mdctl/account_rows.h - accounts as CSV and LDIF: the texts of `mdctl account import` and `export`
//
// PURPOSE
//   A Row is one account as words; both forms carry the same columns. What the words mean, account_transfer.cc says.
// CONTRACT
//   Pure. Reading tells every fault with its line, and what was expected. What is written is read as the same rows.
// FORMAT
//   CSV: RFC 4180, UTF-8, the first row names the columns; lists have blanks between their addresses. LDIF: RFC 2849,
//   one entry an account with the object class inetOrgPerson: mail, cn, userPassword ({CRYPT}), mailForwardingAddress,
//   mailSendAs, and mdmailState, mdmailQuota, mdmailQuotaMessages, mdmailForwardKeep, mdmailSubaddressFolders,
//   mdmailScramSha256, mdmailScramSha1. Other attributes are passed over; base64 (`::`) where a value needs it.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace md::mdctl {

enum class Column : std::uint8_t {
    address,
    name,
    state,
    quota,
    quota_messages,
    send_as,
    forward,
    forward_keep,
    subaddress_folders,
    password,
    password_hash,
    scram_sha_256,
    scram_sha_1,
};
inline constexpr std::size_t kColumns = 13;
/// From this on they are secret.
inline constexpr std::size_t kFirstSecret = 9;

[[nodiscard]] std::string_view name_of(Column column) noexcept;

struct Row {
    std::size_t line = 0;
    std::array<std::string, kColumns> words;  ///< empty: not given

    [[nodiscard]] const std::string& operator[](Column column) const { return words[static_cast<std::size_t>(column)]; }
    std::string& operator[](Column column) { return words[static_cast<std::size_t>(column)]; }
};

struct RowFault {
    std::size_t line = 0;
    std::string text;
};

struct Rows {
    std::vector<Row> rows;
    std::vector<RowFault> faults;
};

[[nodiscard]] Rows read_csv(std::string_view text);
[[nodiscard]] Rows read_ldif(std::string_view text);
/// By its beginning.
[[nodiscard]] bool looks_like_ldif(std::string_view text) noexcept;

/// `columns`: how many of them, from the first.
[[nodiscard]] std::string csv_head(std::size_t columns);
[[nodiscard]] std::string csv_row(const Row& row, std::size_t columns);
[[nodiscard]] std::string ldif_entry(const Row& row, std::size_t columns);

}  // namespace md::mdctl
