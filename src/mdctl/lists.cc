// mdctl/lists.cc - `mdctl blacklist` and `mdctl whitelist`: the lists as mdfilterd holds them
//
// CONTRACT
//   A change returns when every daemon acts on it. An import of a text with a fault takes nothing of it. Text for
//   import and export: policy/text_list.h.

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "base/strings.h"
#include "mdctl/policy_access.h"
#include "mdctl/refusals.h"
#include "policy/text_list.h"

namespace md::mdctl {

namespace {

using policy::Entry;
using policy::Kind;
using policy::List;

/// --domain or --account; "" neither.
Result<std::string, Complaint> scope_of(const Request& request) {
    const auto domain = request.value("--domain");
    const auto account = request.value("--account");
    if (domain && account) return fail(Complaint{Exit::usage, "give --domain or --account, not both"});
    if (!domain && !account) return std::string();
    auto scope = policy::canonical_scope(domain ? *domain : *account);
    const bool address = scope && scope->find('@') != std::string::npos;
    if (domain && (!scope || address)) return fail(not_a("domain", *domain, "example.org"));
    if (account && (!scope || !address)) return fail(not_a("address", *account, "user@example.org"));
    return std::move(*scope);
}

/// An entry for somebody who is not here would never count.
Outcome somebody_here(Context& context, const std::string& scope) {
    const auto directory = context.directory();
    if (!directory) return fail(directory.error());
    if (const auto name = accounts::parse_name(scope)) {
        const auto account = (*directory)->find(*name);
        if (!account) return fail(complaint_of(account.error()));
        if (!*account) return fail(Complaint{Exit::not_there, "there is no account " + scope});
        return {};
    }
    const auto domain = (*directory)->find_domain(scope);
    if (!domain) return fail(complaint_of(domain.error()));
    if (!*domain) return fail(Complaint{Exit::not_there, "there is no domain " + scope});
    return {};
}

std::vector<std::string> row_of(const Entry& entry) {
    return {std::string(policy::name(entry.kind)), entry.value, entry.scope.empty() ? "all" : entry.scope,
            entry.expires ? rfc3339(*entry.expires) : "never", entry.comment};
}

/// Of these the ones that --domain or --account asks for; neither: all.
Result<std::vector<Entry>, Complaint> chosen(Context& context, List list, const Request& request) {
    const auto scope = scope_of(request);
    if (!scope) return fail(scope.error());
    auto entries = entries_of(context, list);
    if (entries && !scope->empty()) std::erase_if(*entries, [&](const Entry& e) { return e.scope != *scope; });
    return entries;
}

template <List L>
Outcome add(Context& context, const Request& request) {
    const auto scope = scope_of(request);
    if (!scope) return fail(scope.error());
    auto entry = entry_argument(L, request);
    if (!entry) return fail(entry.error());
    if (!scope->empty())
        if (auto here = somebody_here(context, *scope); !here) return here;
    entry->scope = *scope;
    const auto value = entry->value;
    if (auto done = add_entry(context, std::move(*entry)); !done) return done;
    context.say("added " + value);
    return {};
}

template <List L>
Outcome remove(Context& context, const Request& request) {
    const auto scope = scope_of(request);
    if (!scope) return fail(scope.error());
    auto entry = entry_argument(L, request);
    if (!entry) return fail(entry.error());
    entry->scope = *scope;
    const auto value = entry->value;
    if (auto done = remove_entry(context, std::move(*entry)); !done) return done;
    context.say("removed " + value);
    return {};
}

template <List L>
Outcome list(Context& context, const Request& request) {
    const auto entries = chosen(context, L, request);
    if (!entries) return fail(entries.error());
    auto all = ipc::Json::array();
    Table table{{"KIND", "VALUE", "FOR", "UNTIL", "COMMENT"}};
    for (const auto& entry : *entries) {
        if (context.json()) {
            all.add(json_of(entry));
        } else {
            table.push_back(row_of(entry));
        }
    }
    context.print_list(all, table);
    return {};
}

template <List L>
Outcome check(Context& context, const Request& request) {
    const auto scope = scope_of(request);
    if (!scope) return fail(scope.error());
    auto question = question_argument(L, request);
    if (!question) return fail(question.error());
    const auto at = scope->find('@');
    if (at != std::string::npos) question->scopes.insert(question->scopes.begin(), scope->substr(at + 1));
    if (!scope->empty()) question->scopes.insert(question->scopes.begin(), *scope);
    const auto text = question->text;
    const auto met = met_entry(context, std::move(*question));
    if (!met) return fail(met.error());
    if (!*met)
        return fail(Complaint{
            Exit::no, printable(text.empty() ? "<>" : text, 64) + " is not on the " + std::string(policy::name(L))});
    const auto& entry = **met;
    context.print(json_of(entry), "listed by " + std::string(policy::name(entry.kind)) + " " + entry.value +
                                      (entry.scope.empty() ? "" : " for " + entry.scope) +
                                      (entry.comment.empty() ? "" : " # " + entry.comment) + "\n");
    return {};
}

Result<std::string, Complaint> text_of(const std::string& file) {
    if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
    std::error_code none;
    std::ifstream in(file, std::ios::binary);
    const int why = errno;
    if (!in && why == EACCES) return fail(Complaint{Exit::not_allowed, file + ": you may not read it"});
    if (!in || std::filesystem::is_directory(file, none))
        return fail(Complaint{Exit::not_there, file + " cannot be read; expected a file, or - for standard input"});
    return std::string(std::istreambuf_iterator<char>(in), {});
}

template <List L>
Outcome import(Context& context, const Request& request) {
    const auto text = text_of(request.one("FILE"));
    if (!text) return fail(text.error());
    auto entries = policy::parse_text(L, *text, real_clock().now());
    if (!entries) {
        std::string faults;
        for (const auto& fault : entries.error())
            faults += request.one("FILE") + ":" + std::to_string(fault.line) + ": " + fault.text + "\n";
        return fail(Complaint{Exit::data, faults + "nothing was imported"});
    }
    const auto count = entries->size();
    if (auto done = import_entries(context, L, std::move(*entries)); !done) return done;
    context.say("imported " + std::to_string(count) + " entries");
    return {};
}

template <List L>
Outcome export_list(Context& context, const Request& request) {
    const auto entries = chosen(context, L, request);
    if (!entries) return fail(entries.error());
    if (!context.json()) {
        context.print_raw(policy::format_text(*entries));
        return {};
    }
    auto all = ipc::Json::array();
    for (const auto& entry : *entries) all.add(json_of(entry));
    context.print_list(all, {});
    return {};
}

constexpr std::array kKindAndValue{
    Argument{"KIND", "ip (an address or a network), host (the client's name), sender, recipient or helo"},
    Argument{"VALUE",
             "such as 192.0.2.0/24, mail.example.org, user@example.org, example.org; * in names stands for any text"},
};
constexpr std::array kFile{Argument{
    "FILE", "a line an entry: KIND VALUE [for DOMAIN|ADDRESS] [until TIME] [# COMMENT]; - for standard input"}};
constexpr Flag kDomain{"--domain", "DOMAIN", "for the mail of this domain only"};
constexpr Flag kAccount{"--account", "ADDRESS", "for the mail of this account only"};
constexpr std::array kScopeFlags{kDomain, kAccount};
constexpr std::array kAddFlags{
    kDomain,
    kAccount,
    Flag{"--for", "TIME", "only for this time, such as 3d"},
    Flag{"--comment", "TEXT", "why, for whoever looks at the list later"},
};

template <List L>
constexpr std::array<Verb, 6> verbs_of(std::string_view noun, std::string_view add_prose) {
    return {
        {{noun, "add", kKindAndValue, kAddFlags, add_prose, add<L>},
         {noun, "remove", kKindAndValue, kScopeFlags, "Removes an entry.", remove<L>},
         {noun, "list", {}, kScopeFlags, "Lists the entries, all or those of one domain or account.", list<L>},
         {noun, "check", kKindAndValue, kScopeFlags,
          "Tells which entry an address or a name meets, the narrowest first: of the account, of its domain, of all; "
          "exit 1: none.",
          check<L>},
         {noun,
          "import",
          kFile,
          {},
          "Adds the entries of a text, in place of those that are there. A fault in it is told with its line, and "
          "nothing is taken (65).",
          import <L>},
         {noun, "export", {}, kScopeFlags, "Prints the list as a text that import reads.", export_list<L>}}};
}

constexpr auto kBlacklist = verbs_of<List::black>(
    "blacklist",
    "Adds an entry: mail that meets it is refused (550) at each RCPT that it is for. Entries of an account count "
    "before "
    "those of its domain, and these before the others; among entries alike in this the white list counts, except for a "
    "less precise entry of the same kind. Who logged in and trusted.networks are not looked up.");
constexpr auto kWhitelist = verbs_of<List::white>("whitelist",
                                                  "Adds an entry: mail that meets it is taken without further checks. "
                                                  "A sender is only claimed, so whoever uses a white "
                                                  "address gets through.");

}  // namespace

std::span<const Verb> blacklist_verbs() {
    return kBlacklist;
}
std::span<const Verb> whitelist_verbs() {
    return kWhitelist;
}

}  // namespace md::mdctl
