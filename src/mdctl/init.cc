// mdctl/init.cc - `mdctl init`: a private instance below one folder, run by its caller
//
// CONTRACT
//   Nothing is overwritten: an instance that is there already is exit 73. All ports are B + the usual one.

#include <array>
#include <filesystem>

#include "base/strings.h"
#include "config/syntax.h"
#include "config/value.h"
#include "mdctl/certificate.h"
#include "mdctl/context.h"

namespace md::mdctl {

namespace {

/// Below this many octets the longest of our socket names still fits into sun_path (unix(7)).
constexpr std::size_t kLongestRoot = 70;

struct Place {
    std::string_view protocol;
    unsigned port;
    std::string_view tls;
};

constexpr std::array kPlaces{Place{"smtp", 25, "starttls"},        Place{"submission", 587, "starttls"},
                             Place{"submission", 465, "implicit"}, Place{"lmtp", 24, "starttls"},
                             Place{"imap", 143, "starttls"},       Place{"imap", 993, "implicit"},
                             Place{"pop3", 110, "starttls"},       Place{"pop3", 995, "implicit"}};
constexpr unsigned kHighestOffset = 995;

struct Instance {
    std::string root;
    std::string hostname;
    std::string listen = "127.0.0.1";
    unsigned base = 0;
};

/// Of local users.
std::string submit_address(const Instance& instance) {
    return "unix:" + instance.root + "/run/submit";
}

std::string configuration_of(const Instance& instance) {
    const auto path = [&](std::string_view name, std::string_view below) {
        return std::string(name) + " = " + config::toml_string(instance.root + "/" + std::string(below)) + "\n";
    };
    std::string out =
        "# A private instance of mdmail: all of it stands below one folder and runs as its caller.\n"
        "# `mdctl config explain` tells of every key, as mdmail.conf(5) does.\n\n";
    out += "hostname = " + config::toml_string(instance.hostname) + "\n\n[daemon]\nprivate = true\n\n[paths]\n";
    for (const auto* name : {"accounts", "secrets", "store", "spool", "intake", "filter", "run", "log"})
        out += path(name, name);
    out += path("domains", "etc/domains");
    out += "\n[tls]\n" + path("certificate", "etc/tls/certificate.pem") + path("key", "etc/tls/key.pem");
    out += "\n[log]\ntarget = \"file\"\n" + path("file", "log/mdmail.log");
    for (const auto& place : kPlaces) {
        out += "\n[[listener]]\nprotocol = " + config::toml_string(place.protocol) +
               "\naddress = " + config::toml_string(instance.listen) +
               "\nport = " + std::to_string(instance.base + place.port) + "\ntls = " + config::toml_string(place.tls) +
               "\n";
    }
    out += "\n# Programs of this machine, by sendmail(1)\n[[listener]]\nprotocol = \"submission\"\naddress = " +
           config::toml_string(submit_address(instance)) + "\ntls = \"none\"\nauth = \"off\"\n";
    return out;
}

Result<Instance, Complaint> asked_for(const Request& request) {
    Instance instance;
    instance.root = std::filesystem::absolute(request.one("--root")).lexically_normal().string();
    while (instance.root.size() > 1 && instance.root.ends_with('/')) instance.root.pop_back();
    if (instance.root.size() > kLongestRoot)
        return fail(
            Complaint{Exit::usage, "--root is too long for the names of sockets below it; give a path of at most " +
                                       std::to_string(kLongestRoot) + " octets"});
    instance.hostname = lower(request.one("--hostname"));
    if (!config::is_host_name(instance.hostname))
        return fail(Complaint{Exit::usage, "--hostname \"" + printable(instance.hostname, 64) + "\" is no host name"});
    const auto base = parse_number<std::uint16_t>(request.one("--port-base"));
    if (!base || *base + kHighestOffset > 65535)
        return fail(
            Complaint{Exit::usage, "--port-base is a number from 0 to " + std::to_string(65535 - kHighestOffset)});
    instance.base = *base;
    instance.listen = request.value("--listen").value_or(instance.listen);
    if (instance.listen != "*" && !config::is_address(instance.listen))
        return fail(Complaint{Exit::usage, "--listen takes a numeric address, or *"});
    return instance;
}

void make(const Instance& instance, const std::string& file) {
    auto& files = real_files();
    for (const auto* name :
         {"etc/domains", "etc/tls", "accounts", "secrets", "store", "spool", "intake", "filter", "run", "log"})
        files.make_directories(instance.root + "/" + name, 0700);
    const auto identity = self_signed(instance.hostname);
    files.replace(instance.root + "/etc/tls/key.pem", identity.key_pem, 0600);
    files.replace(instance.root + "/etc/tls/certificate.pem", identity.certificate_pem, 0644);
    // Last: an instance is there when its configuration is.
    files.replace(file, configuration_of(instance), 0644);
}

Outcome init(Context& context, const Request& request) {
    const auto instance = asked_for(request);
    if (!instance) return fail(instance.error());
    const auto file = instance->root + "/etc/mdmail.conf";
    if (real_files().info(file))
        return fail(Complaint{Exit::exists, file + " exists already; remove the instance or give another --root"});
    make(*instance, file);

    ipc::Json document;
    document.set("config", file).set("root", instance->root).set("hostname", instance->hostname);
    auto listeners = ipc::Json::array();
    for (const auto& place : kPlaces) {
        listeners.add(ipc::Json()
                          .set("protocol", place.protocol)
                          .set("address", instance->listen)
                          .set("port", instance->base + place.port)
                          .set("tls", place.tls));
    }
    listeners.add(ipc::Json()
                      .set("protocol", "submission")
                      .set("address", submit_address(*instance))
                      .set("port", 0)
                      .set("tls", "none"));
    document.set("listeners", std::move(listeners));
    context.print(document, "made " + file + "\nstart it with: mdctl -c " + file + " start\n");
    return {};
}

constexpr std::array kFlags{
    Flag{"--root", "DIR", "the folder of the instance; made if it is not there", true},
    Flag{"--hostname", "NAME", "the name of this mail server in greetings and headers", true},
    Flag{"--port-base", "B", "listen on B + the usual ports: B+25 for SMTP, B+143 for IMAP and so on", true},
    Flag{"--listen", "ADDRESS", "listen there instead of on 127.0.0.1"},
};

constexpr std::array kVerbs{
    Verb{"init",
         "",
         {},
         kFlags,
         "Makes a private instance that runs as the caller: its configuration, a self-signed certificate, and folders "
         "for mail, "
         "state, sockets and logs below DIR.",
         init},
};

}  // namespace

std::span<const Verb> init_verbs() {
    return kVerbs;
}

}  // namespace md::mdctl
