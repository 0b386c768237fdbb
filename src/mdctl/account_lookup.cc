// mdctl/account_lookup.cc - `mdctl account lookup`: where mail for an address goes, and why

#include <array>

#include "base/strings.h"
#include "delivery/expansion.h"
#include "mdctl/addresses.h"
#include "mdctl/refusals.h"

namespace md::mdctl {

namespace {

using delivery::Target;

std::string_view name_of(Target::Kind kind) {
    switch (kind) {
        case Target::Kind::mailbox: return "mailbox";
        case Target::Kind::remote: return "remote";
        case Target::Kind::nowhere: return "nowhere";
        case Target::Kind::unknown: return "unknown";
    }
    return "";
}

bool is_failure(const Target& target) {
    return target.kind == Target::Kind::nowhere || target.kind == Target::Kind::unknown;
}

ipc::Json json_of(const accounts::Step& step) {
    return ipc::Json()
        .set("kind", accounts::name_of(step.kind))
        .set("from", step.from)
        .set("to", step.to)
        .set("place", step.place);
}

/// The domain of the address that stands for senders of other sites where mail is led on to another; empty: it does
/// not.
std::string sender_domain(const delivery::Expansion& expansion, const Target& target, const mail::Address& address,
                          const delivery::SrsSite* srs) {
    const bool led_on = target.kind == Target::Kind::remote && !expansion.steps.empty() && !expansion.leads_back();
    if (srs == nullptr || !led_on) return {};
    return srs->domain.empty() ? lower(address.domain) : srs->domain;
}

ipc::Json json_of(const Target& target, const std::string& sender) {
    return ipc::Json()
        .set("kind", name_of(target.kind))
        .set("address", target.address)
        .set("folder", target.folder)
        .set("forwarded", target.forwarded)
        .set("sender_domain", sender)
        .set("place", target.account.place)
        .set("status", is_failure(target) ? target.status.text() : "")
        .set("reason", target.reason);
}

std::string text_of(const accounts::Step& step) {
    return step.from + " -> " + step.to + " (" + std::string(accounts::name_of(step.kind)) + ", " + step.place + ")\n";
}

std::string text_of(const Target& target, const std::string& sender) {
    std::string out(name_of(target.kind));
    out += " " + target.address;
    if (!target.folder.empty()) out += ", folder " + target.folder + " if it is there";
    if (!sender.empty()) out += ", with senders of other sites as addresses of " + sender + " (queue.srs)";
    if (is_failure(target)) out += ": " + target.status.text() + " " + target.reason;
    if (!target.account.place.empty()) out += " (" + target.account.place + ")";
    return out + "\n";
}

Outcome lookup(Context& context, const Request& request) {
    const auto& typed = request.one("ADDRESS");
    const auto address = mail::parse_mailbox(typed);
    if (!address) return fail(not_a("address", typed, "user@example.org"));
    const auto directory = context.directory();
    if (!directory) return fail(directory.error());
    const auto config = context.config();
    if (!config) return fail(config.error());
    std::string fault;
    const auto srs = delivery::load_srs(real_files(), **config, fault);
    const auto expansion = delivery::expand_or_reverse(**directory, address->text(), srs.get(), real_clock().now());
    auto steps = ipc::Json::array();
    auto targets = ipc::Json::array();
    std::string text;
    bool unknown = false;
    for (const auto& step : expansion.steps) {
        steps.add(json_of(step));
        text += text_of(step);
    }
    for (const auto& target : expansion.targets) {
        const auto sender = sender_domain(expansion, target, *address, srs.get());
        targets.add(json_of(target, sender));
        text += text_of(target, sender);
        unknown = unknown || target.kind == Target::Kind::unknown;
    }
    context.print(
        ipc::Json().set("address", address->text()).set("steps", std::move(steps)).set("targets", std::move(targets)),
        text);
    if (expansion.leads_somewhere()) return {};
    if (unknown) return fail(Complaint{Exit::again, address->text() + ": it cannot be told now where this leads"});
    return fail(Complaint{Exit::no, address->text() + " leads nowhere"});
}

constexpr std::array kAddress{Argument{"ADDRESS", "any address, here or elsewhere"}};

constexpr std::array kVerbs{
    Verb{"account",
         "lookup",
         kAddress,
         {},
         "Tells where mail for an address goes: each step with the file that says so, and where it ends. Exit 1: it "
         "leads nowhere.",
         lookup},
};

}  // namespace

std::span<const Verb> account_lookup_verbs() {
    return kVerbs;
}

}  // namespace md::mdctl
