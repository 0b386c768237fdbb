// accounts/secrets.h - the files of hashes and SCRAM verifiers, one an account
//
// PURPOSE
//   The auth child asks whether a password is right; mdctl writes a new one. Nobody else opens these files.
// CONTRACT
//   Fails closed: a file that cannot be read or understood is Unavailable, never a match. Calls block (files, tens of
//   milliseconds of hashing): only behind a worker pool. Thread-safe. write() is durable when it returns and atomic to
//   readers; it throws SystemError.
// FORMAT
//   <secrets>/<domain>/<local part>, mode 0600: doc/formats/secret.md
#pragma once

#include <optional>

#include "accounts/directory.h"
#include "accounts/password.h"
#include "base/files.h"

namespace md::accounts {

/// Changes with every change of the file, by whomever: what a remembered password is keyed with.
struct Stamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t changed_ns = 0;

    friend bool operator==(const Stamp&, const Stamp&) = default;
};

/// The text of a secret's file.
[[nodiscard]] std::string text_of(const Secret& secret);

class Secrets {
  public:
    Secrets(Files& files, std::string folder);

    /// Is that the account's password? False also for an account without a secret, after the same time.
    [[nodiscard]] Result<bool, Unavailable> verify(const Name& name, std::string_view password) const;
    [[nodiscard]] Result<Secret, Unavailable> read(const Name& name) const;
    /// none: there is no such file
    [[nodiscard]] Result<std::optional<Secret>, Unavailable> find(const Name& name) const;
    /// What the salts of those without a verifier are made with: kept in the folder, made when it is first asked for.
    [[nodiscard]] Result<std::string, Unavailable> salt_key() const;
    /// none: there is no such file
    [[nodiscard]] Result<std::optional<Stamp>, Unavailable> stamp(const Name& name) const;
    void write(const Name& name, const Secret& secret);

    [[nodiscard]] std::string file(const Name& name) const;

  private:
    Files& files_;
    std::string folder_;
};

}  // namespace md::accounts
