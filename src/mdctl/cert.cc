// mdctl/cert.cc - `mdctl cert`: the certificate that the daemons show, and its key
//
// CONTRACT
//   install writes nothing that check would refuse. Both files get their names one right after the other, when both
//   are on disk.

#include <array>

#include "base/strings.h"
#include "mdctl/addresses.h"
#include "mdctl/certificate_file.h"
#include "mdctl/control.h"
#include "mdctl/late_files.h"
#include "mdctl/owner_files.h"

namespace md::mdctl {

namespace {

constexpr std::uint64_t kLargest = 1U << 20;
constexpr mode_t kCertificateMode = 0644;
constexpr mode_t kKeyMode = 0600;

Result<std::string, Complaint> text_of(const std::string& file) {
    auto text = real_files().read_linked(file, kLargest);
    if (!text) return fail(Complaint{Exit::not_there, file + ": there is no such file"});
    return std::move(*text);
}

std::vector<std::string> users_of(const config::Config& config) {
    std::vector<std::string> out;
    for (const auto& listener : config.listeners()) {
        if (listener.tls == config::Tls::none) continue;
        out.push_back(std::string(config::name(listener.protocol)) + " " + listener.address + ":" +
                      std::to_string(listener.port));
    }
    return out;
}

std::int64_t days_left(WallTime until) {
    return std::chrono::floor<std::chrono::days>(until - real_clock().now()).count();
}

Outcome list(Context& context, const Request&) {
    const auto config = context.config();
    if (!config) return fail(config.error());
    const auto& file = (**config)[config::opt::tls_certificate];
    const auto text = text_of(file);
    if (!text) return fail(text.error());
    const auto facts = read_certificate(*text);
    if (!facts) return fail(Complaint{Exit::configuration, file + ": " + facts.error()});
    const auto users = users_of(**config);
    auto all = ipc::Json::array();
    all.add(ipc::Json()
                .set("file", file)
                .set("key", (**config)[config::opt::tls_key])
                .set("names", json_list(facts->names))
                .set("subject", facts->subject)
                .set("issuer", facts->issuer)
                .set("self_signed", facts->self_signed)
                .set("valid_from", rfc3339(facts->from))
                .set("valid_until", rfc3339(facts->until))
                .set("days_left", days_left(facts->until))
                .set("used_by", json_list(users)));
    context.print_list(all, {{"FILE", "NAMES", "ISSUER", "UNTIL", "DAYS", "USED BY"},
                             {file, joined(facts->names), facts->self_signed ? "itself" : facts->issuer,
                              rfc3339(facts->until), std::to_string(days_left(facts->until)), joined(users)}});
    return {};
}

/// One complaint of all faults.
Outcome judged(const std::string& file, const std::vector<std::string>& faults, Exit code) {
    if (faults.empty()) return {};
    return fail(Complaint{code, file + ": " + joined(faults, "; ")});
}

Outcome check(Context& context, const Request& request) {
    const auto config = context.config();
    if (!config) return fail(config.error());
    if (request.has("CERT") != request.has("KEY"))
        return fail(Complaint{Exit::usage, "a certificate without its key; expected both, or neither"});
    const auto file = request.value("CERT").value_or((**config)[config::opt::tls_certificate]);
    const auto certificate = text_of(file);
    if (!certificate) return fail(certificate.error());
    const auto key = text_of(request.value("KEY").value_or((**config)[config::opt::tls_key]));
    if (!key) return fail(key.error());
    const auto host = request.value("--name").value_or((**config)[config::opt::hostname]);
    auto faults = certificate_faults(*certificate, *key, host, real_clock().now());
    if (key->empty()) faults.emplace_back("the file of the key is empty");
    if (context.json() || faults.empty())
        context.print(ipc::Json().set("file", file).set("ok", faults.empty()).set("faults", json_list(faults)),
                      context.quiet() ? "" : file + " fits its key and " + host + "\n");
    return judged(file, faults, Exit::no);
}

Outcome install(Context& context, const Request& request) {
    const auto config = context.config();
    if (!config) return fail(config.error());
    const auto certificate = text_of(request.one("CERT"));
    if (!certificate) return fail(certificate.error());
    const auto key = text_of(request.one("KEY"));
    if (!key) return fail(key.error());
    auto faults = certificate_faults(*certificate, *key, (**config)[config::opt::hostname], real_clock().now());
    if (key->empty()) faults.emplace_back("the file of the key is empty");
    if (auto good = judged(request.one("CERT"), faults, Exit::data); !good) return good;
    const auto& certificate_place = (**config)[config::opt::tls_certificate];
    const auto& key_place = (**config)[config::opt::tls_key];
    LateFiles late(owner_files());
    late.make_directories(parent_directory(key_place), 0700);
    late.make_directories(parent_directory(certificate_place), 0755);
    late.replace(key_place, *key, kKeyMode);
    late.replace(certificate_place, *certificate, kCertificateMode);
    late.commit({parent_directory(key_place), parent_directory(certificate_place)});
    if (auto reloaded = reload_running(**config); !reloaded) return reloaded;
    context.say("installed " + request.one("CERT") + " as " + certificate_place + "; the daemons show it from now on");
    return {};
}

constexpr std::array kCheckArguments{
    Argument{"CERT", "a file in PEM; without it those of the configuration", Argument::Count::optional},
    Argument{"KEY", "the file of its key", Argument::Count::optional}};
constexpr std::array kInstallArguments{Argument{"CERT", "a file in PEM: the certificate, then those above it"},
                                       Argument{"KEY", "the file of its key, without a passphrase"}};
constexpr std::array kCheckFlags{Flag{"--name", "HOST", "the name that it has to be for; without it the hostname"}};

constexpr std::array kVerbs{
    Verb{"cert",
         "list",
         {},
         {},
         "Shows the certificate: its names, who issued it, until when it is valid, and which listeners show it.",
         list},
    Verb{"cert", "check", kCheckArguments, kCheckFlags,
         "Tells whether a certificate fits its key and the host, and is valid now; exit 1: no.", check},
    Verb{"cert",
         "install",
         kInstallArguments,
         {},
         "Checks a certificate and its key, puts them where the configuration has them, and has the daemons show it.",
         install},
};

}  // namespace

std::span<const Verb> cert_verbs() {
    return kVerbs;
}

}  // namespace md::mdctl
