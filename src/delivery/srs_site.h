// delivery/srs_site.h - what this site signs and knows its rewritten reverse-paths by (srs.h)
//
// PURPOSE
//   queue.srs as the processes have it that need it: sessions at RCPT, the queue manager, mdctl. The secrets stand in a
//   file, a line each: the first signs, all are known, so that a new one is put before the old and nothing that is
//   under way is lost. Lines that are empty or begin with # count for nothing.
// CONTRACT
//   Blocks (a file). A file that cannot be used leaves an SrsSite without secrets: then no such address can be told
//   from a forged one, nor made, and whoever asks says "try again later" until the file is mended.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "config/config.h"
#include "delivery/srs.h"

namespace md::delivery {

struct SrsSite {
    std::vector<std::string> secrets;  ///< empty: they could not be read
    std::string domain;                ///< of the addresses; empty: that of the address whose mail is led on
    std::string place;                 ///< the file
    SrsRules rules;
};
using SrsPointer = std::shared_ptr<const SrsSite>;

/// The secrets of a file's text, or what is wrong with it.
[[nodiscard]] Result<std::vector<std::string>, std::string> read_srs_secrets(std::string_view text);

/// queue.srs_secret_file, or where it is without that.
[[nodiscard]] std::string srs_secret_file(const config::Config& config);

/// null: queue.srs is off. `fault`: why the file cannot be used.
[[nodiscard]] SrsPointer load_srs(Files& files, const config::Config& config, std::string& fault);

/// Makes the file (mode 0640) with a new secret if it is not there. Of several at a time one makes it. `readers`: a
/// group that it is given to, root alone may; none: the caller's own.
void make_srs_secret(Files& files, const std::string& path, std::optional<gid_t> readers);

}  // namespace md::delivery
