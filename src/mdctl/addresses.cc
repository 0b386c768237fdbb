// mdctl/addresses.cc - see addresses.h

#include "mdctl/addresses.h"

#include <iostream>

#include "base/strings.h"
#include "mdctl/control.h"
#include "mdctl/refusals.h"

namespace md::mdctl {

Result<accounts::Name, Complaint> address_argument(const Request& request, std::string_view argument) {
    auto name = accounts::parse_name(request.one(argument));
    if (!name) return fail(not_a("address", request.one(argument), "user@example.org"));
    return std::move(*name);
}

Result<accounts::Account, Complaint> account_argument(Context& context, const Request& request) {
    const auto name = address_argument(request);
    if (!name) return fail(name.error());
    const auto directory = context.directory();
    if (!directory) return fail(directory.error());
    auto account = (*directory)->find(*name);
    if (!account) return fail(complaint_of(account.error()));
    if (!*account) return fail(Complaint{Exit::not_there, "there is no account " + name->text()});
    return std::move(**account);
}

Result<std::string, Complaint> domain_argument(const Request& request, std::string_view argument) {
    auto domain = accounts::make_domain(request.one(argument));
    if (!domain) return fail(not_a("domain", request.one(argument), "example.org"));
    return std::move(*domain);
}

Result<accounts::Domain, Complaint> known_domain(Context& context, const std::string& name) {
    const auto directory = context.directory();
    if (!directory) return fail(directory.error());
    auto known = (*directory)->find_domain(name);
    if (!known) return fail(complaint_of(known.error()));
    if (!*known) return fail(Complaint{Exit::not_there, "there is no domain " + name});
    return std::move(**known);
}

Result<std::vector<std::string>, Complaint> domains_to_list(Context& context, const Request& request) {
    const auto directory = context.directory();
    if (!directory) return fail(directory.error());
    const auto one = request.value("--domain");
    if (!one) {
        auto all = (*directory)->domains();
        if (!all) return fail(complaint_of(all.error()));
        return std::move(*all);
    }
    const auto domain = accounts::make_domain(*one);
    if (!domain) return fail(not_a("domain", *one, "example.org"));
    const auto known = known_domain(context, *domain);
    if (!known) return fail(known.error());
    return std::vector{*domain};
}

Outcome check_targets(const std::vector<std::string>& targets) {
    for (const auto& target : targets)
        if (!mail::parse_mailbox(target)) return fail(not_a("address", target, "user@example.org"));
    return {};
}

Outcome changed(Context& context, std::string_view what) {
    if (auto acted = announce(**context.config(), "accounts"); !acted) return acted;
    context.say(what);
    return {};
}

std::vector<InputLine> lines_of_stdin() {
    std::vector<InputLine> lines;
    std::string text;
    for (std::size_t number = 1; std::getline(std::cin, text); ++number) {
        InputLine line{number, {}};
        for (std::size_t at = 0; at < text.size();) {
            if (is_space(text[at]) || text[at] == '\r') {
                ++at;
                continue;
            }
            const auto end = std::min(text.find_first_of(" \t\r", at), text.size());
            line.words.push_back(text.substr(at, end - at));
            at = end;
        }
        if (!line.words.empty() && !line.words.front().starts_with('#')) lines.push_back(std::move(line));
    }
    return lines;
}

ipc::Json json_list(const std::vector<std::string>& texts) {
    auto list = ipc::Json::array();
    for (const auto& text : texts) list.add(text);
    return list;
}

std::string joined(const std::vector<std::string>& texts, std::string_view between) {
    std::string out;
    for (const auto& text : texts) out.append(out.empty() ? "" : between).append(text);
    return out;
}

void Damage::add(const accounts::Unavailable& unavailable) {
    lines_ += (lines_.empty() ? "" : "\n") + unavailable.text;
}

Outcome Damage::outcome() const {
    if (lines_.empty()) return {};
    return fail(Complaint{Exit::configuration, lines_});
}

}  // namespace md::mdctl
