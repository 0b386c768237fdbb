// delivery/srs_site.cc - see srs_site.h

#include "delivery/srs_site.h"

#include <unistd.h>

#include <cerrno>

#include "base/encoding.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/strings.h"

namespace md::delivery {

namespace opt = config::opt;

namespace {

constexpr std::size_t kSecretOctets = 32;
constexpr std::size_t kShortest = 16;  ///< letters of a secret that somebody chose
constexpr std::uint64_t kFileLimit = 64U << 10;
constexpr mode_t kMode = 0640;

}  // namespace

Result<std::vector<std::string>, std::string> read_srs_secrets(std::string_view text) {
    std::vector<std::string> secrets;
    std::size_t number = 0;
    for (const auto whole : split(text, '\n')) {
        ++number;
        const auto line = trim(whole);
        if (line.empty() || line.front() == '#') continue;
        if (line.size() < kShortest)
            return fail("line " + std::to_string(number) + ": a secret of less than " + std::to_string(kShortest) +
                        " letters can be guessed");
        secrets.emplace_back(line);
    }
    if (secrets.empty()) return fail(std::string("there is no secret in it"));
    return secrets;
}

std::string srs_secret_file(const config::Config& config) {
    const auto& named = config[opt::queue_srs_secret_file];
    return named.empty() ? parent_directory(config.file()) + "/srs.secret" : named;
}

SrsPointer load_srs(Files& files, const config::Config& config, std::string& fault) {
    if (!config[opt::queue_srs]) return nullptr;
    auto site = std::make_shared<SrsSite>();
    site->domain = lower(config[opt::queue_srs_domain]);
    site->place = srs_secret_file(config);
    try {
        const auto text = files.read_linked(site->place, kFileLimit);
        auto secrets = text ? read_srs_secrets(*text) : fail(std::string("no such file"));
        if (secrets)
            site->secrets = std::move(*secrets);
        else
            fault = std::move(secrets).error();
    } catch (const SystemError& error) {
        fault = error.what();
    }
    return site;
}

/// Laid there whole, and as it is to be: whoever comes second takes that of the first.
void make_srs_secret(Files& files, const std::string& path, std::optional<gid_t> readers) {
    if (files.info(path)) return;
    const auto fresh = path + "." + std::to_string(::getpid());
    files.replace(fresh,
                  "# Secrets of queue.srs: the first signs, all are known (mdmail.conf(5)).\n" +
                      base64_encode(random_octets(kSecretOctets)) + "\n",
                  kMode);
    if (readers && ::lchown(fresh.c_str(), 0, *readers) != 0) throw SystemError("lchown", fresh, errno);
    (void)files.link(fresh, path);
    (void)files.unlink(fresh);
    files.sync_directory(parent_directory(path));
}

}  // namespace md::delivery
