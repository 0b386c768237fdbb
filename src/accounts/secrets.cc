// accounts/secrets.cc - see secrets.h

#include "accounts/secrets.h"

#include "accounts/tables.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/ids.h"
#include "config/value.h"

namespace md::accounts {

namespace {

constexpr std::uint64_t kLargestSecret = 64U << 10;
/// No domain's folder begins with a dot.
constexpr std::string_view kSaltKeyFile = "/.salt-key";
constexpr std::size_t kSaltKeySize = 32;

}  // namespace

std::string text_of(const Secret& secret) {
    std::string out = "format = 1\n";
    out += "crypt = " + config::toml_string(secret.crypt) + "\n";
    if (!secret.scram_sha_256.empty()) out += "scram_sha_256 = " + config::toml_string(secret.scram_sha_256) + "\n";
    if (!secret.scram_sha_1.empty()) out += "scram_sha_1 = " + config::toml_string(secret.scram_sha_1) + "\n";
    return out;
}

Secrets::Secrets(Files& files, std::string folder) : files_(files), folder_(std::move(folder)) {}

std::string Secrets::file(const Name& name) const {
    return folder_ + "/" + name.domain + "/" + file_name(name.local_part);
}

Result<std::optional<Secret>, Unavailable> Secrets::find(const Name& name) const {
    // Nobody's name, with which a login without an account is checked; its path would be the folder itself.
    if (name.local_part.empty()) return std::optional<Secret>();
    const auto path = file(name);
    try {
        const auto text = files_.read(path, kLargestSecret);
        if (!text) return std::optional<Secret>();
        config::Faults faults;
        const auto values = config::read_text(secret_schema(), *text, path, faults);
        // The fault's own text may quote what stands in the file: only its place is told.
        if (!faults.empty())
            return fail(
                Unavailable{path + ":" + std::to_string(faults.front().where.line) + ": not a secret of format 1"});
        return std::optional(Secret{get<std::string>(values, SecretKey::crypt),
                                    get<std::string>(values, SecretKey::scram_sha_256),
                                    get<std::string>(values, SecretKey::scram_sha_1)});
    } catch (const SystemError& error) {
        return fail(Unavailable{error.what()});
    }
}

Result<Secret, Unavailable> Secrets::read(const Name& name) const {
    auto secret = find(name);
    if (!secret) return fail(std::move(secret).error());
    if (!*secret) return fail(Unavailable{file(name) + ": no such file"});
    return std::move(**secret);
}

Result<bool, Unavailable> Secrets::verify(const Name& name, std::string_view password) const {
    const auto secret = find(name);
    if (!secret) return fail(secret.error());
    if (!*secret) {
        pretend_to_check(password);
        return false;
    }
    switch (hash_matches((*secret)->crypt, password)) {
        case Match::yes: return true;
        case Match::no: return false;
        case Match::not_a_hash: break;
    }
    return fail(Unavailable{file(name) + ": \"crypt\" is no hash that crypt(3) knows"});
}

Result<std::optional<Stamp>, Unavailable> Secrets::stamp(const Name& name) const {
    try {
        const auto info = files_.info(file(name));
        if (!info) return std::optional<Stamp>();
        return std::optional(Stamp{info->device, info->inode, info->changed_ns});
    } catch (const SystemError& error) {
        return fail(Unavailable{error.what()});
    }
}

/// Several auth children may make it at once: the one whose link comes first is everybody's.
Result<std::string, Unavailable> Secrets::salt_key() const {
    const auto path = folder_ + std::string(kSaltKeyFile);
    try {
        auto key = files_.read(path, kSaltKeySize);
        if (!key) {
            const auto fresh = path + "." + hex_encode(random_octets(8));
            files_.replace(fresh, random_octets(kSaltKeySize), 0600);
            static_cast<void>(files_.link(fresh, path));
            files_.unlink(fresh);
            files_.sync_directory(folder_);
            key = files_.read(path, kSaltKeySize);
        }
        if (!key || key->size() != kSaltKeySize) return fail(Unavailable{path + ": not 32 octets"});
        return std::move(*key);
    } catch (const SystemError& error) {
        return fail(Unavailable{error.what()});
    }
}

void Secrets::write(const Name& name, const Secret& secret) {
    const auto path = file(name);
    files_.make_directories(parent_directory(path), 0700);
    files_.replace(path, text_of(secret), 0600);
}

}  // namespace md::accounts
