// delivery/expansion.cc - see expansion.h

#include "delivery/expansion.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "base/strings.h"

namespace md::delivery {

namespace {

using accounts::Account;
using accounts::Alias;
using accounts::Directory;
using accounts::Entry;
using accounts::Group;
using accounts::Outcome;
using accounts::Resolution;
using accounts::Step;
using mail::Status;

std::string with_detail(const accounts::Name& name, const std::string& detail) {
    if (detail.empty()) return name.text();
    return mail::Address{name.local_part + "+" + detail, name.domain}.text();
}

std::optional<mail::Address> read_address(std::string_view text) {
    auto address = mail::parse_mailbox(text, mail::Utf8::allowed);
    return address ? std::optional(std::move(*address)) : std::nullopt;
}

/// Walks depth first, so that the order of targets is that of the files.
class Walk {
  public:
    Walk(const Directory& directory, Forwards forwards, std::size_t look_ups)
        : directory_(directory), forwards_(forwards), left_(look_ups) {}

    /// false: it only leads back to where we are.
    bool go(const std::string& address, bool forwarded, unsigned depth);
    [[nodiscard]] Expansion take(const std::string& address);
    /// Likewise, what a rewritten reverse-path of ours leads to.
    void go_back(const mail::Address& address, const SrsSite& srs, WallTime now);

  private:
    bool go_on(const std::string& address, const std::string& detail, bool forwarded, unsigned depth);
    bool go_resolved(const std::string& address, Resolution found, bool forwarded, unsigned depth);
    bool go_all(const std::vector<std::string>& addresses, const std::string& detail, Step::Kind kind,
                const Entry& from, bool forwarded, unsigned depth);
    bool go_account(const Account& account, const std::string& detail, bool forwarded, unsigned depth);
    /// none: it is to be gone, and left() told how that ended; else how it ended, or false while we are in it.
    std::optional<bool> enter(const std::string& name);
    bool left(const std::string& name, bool any);
    void put_mailbox(const Account& account, const std::string& detail, bool forwarded);
    void put(Target target, const std::string& key);
    void put_failure(Target::Kind kind, const std::string& address, bool forwarded, Status status, std::string reason);

    const Directory& directory_;
    Forwards forwards_;
    std::size_t left_;
    Expansion out_;
    std::unordered_map<std::string, bool> passed_;  ///< aliases, groups and forwarding accounts: lead somewhere new?
    std::unordered_set<std::string> seen_;          ///< targets
};

bool Walk::go(const std::string& address, bool forwarded, unsigned depth) {
    const auto parsed = mail::parse_mailbox(address, mail::Utf8::allowed);
    if (!parsed) {
        put_failure(Target::Kind::nowhere, address, forwarded, {5, 1, 3},
                    std::string("bad address: ").append(mail::describe(parsed.error())));
        return true;
    }
    if (depth > kLongestWay) {
        put_failure(Target::Kind::nowhere, address, forwarded, {5, 4, 6}, "aliases lead on without an end");
        return true;
    }
    if (left_ == 0) {
        out_.complete = false;
        return true;
    }
    --left_;
    auto found = directory_.resolve(*parsed);
    if (!found) {
        put_failure(Target::Kind::unknown, address, forwarded, {4, 3, 0}, found.error().text);
        return true;
    }
    return go_resolved(address, std::move(*found), forwarded, depth);
}

bool Walk::go_resolved(const std::string& address, Resolution found, bool forwarded, unsigned depth) {
    std::ranges::move(found.steps, std::back_inserter(out_.steps));
    switch (found.outcome) {
        case Outcome::unknown_domain: {
            Target remote;
            remote.kind = Target::Kind::remote;
            remote.address = address;
            remote.forwarded = forwarded;
            put(std::move(remote), lower(address));
            return true;
        }
        case Outcome::unknown_user:
            put_failure(Target::Kind::nowhere, address, forwarded, {5, 1, 1}, "no such user here");
            return true;
        case Outcome::domain_disabled:
            put_failure(Target::Kind::nowhere, address, forwarded, {5, 2, 1}, "domain disabled");
            return true;
        case Outcome::leads_on: return go(found.to, forwarded, depth + 1);
        case Outcome::found: break;
    }
    if (const auto* account = std::get_if<Account>(&found.entry))
        return go_account(*account, found.detail, forwarded, depth);
    const auto name = name_of(found.entry).text();
    if (const auto ended = enter(name)) return *ended;
    if (const auto* alias = std::get_if<Alias>(&found.entry))
        return left(name, go_all(alias->targets, found.detail, Step::Kind::alias, found.entry, forwarded, depth));
    const auto& members = std::get<Group>(found.entry).members;
    return left(name, go_all(members, {}, Step::Kind::group, found.entry, forwarded, depth));
}

std::optional<bool> Walk::enter(const std::string& name) {
    const auto [at, is_new] = passed_.emplace(name, false);
    if (is_new) return std::nullopt;
    return at->second;
}

bool Walk::left(const std::string& name, bool any) {
    passed_[name] = any;
    return any;
}

bool Walk::go_all(const std::vector<std::string>& addresses, const std::string& detail, Step::Kind kind,
                  const Entry& from, bool forwarded, unsigned depth) {
    bool any = false;
    for (const auto& address : addresses) {
        out_.steps.push_back({kind, name_of(from).text(), address, place_of(from)});
        const bool added = go_on(address, detail, forwarded, depth + 1);
        any = any || added;
    }
    return any;
}

/// What was written behind the "+" of an alias goes with it, unless the target says another, or cannot have one.
bool Walk::go_on(const std::string& address, const std::string& detail, bool forwarded, unsigned depth) {
    auto target = detail.empty() ? std::nullopt : read_address(address);
    if (!target || target->local_part.find('+') != std::string::npos) return go(address, forwarded, depth);
    target->local_part += "+" + detail;
    return go(accounts::make_name(*target) ? target->text() : address, forwarded, depth);
}

bool Walk::go_account(const Account& account, const std::string& detail, bool forwarded, unsigned depth) {
    const auto name = account.name.text();
    if (!account.takes_mail()) {
        put_failure(Target::Kind::nowhere, name, forwarded, {5, 2, 1}, "mailbox disabled");
        return true;
    }
    if (account.forward.empty() || forwards_ == Forwards::ignored) {
        put_mailbox(account, detail, forwarded);
        return true;
    }
    if (const auto ended = enter(name)) return *ended;
    // Its own copy comes first: whoever shares it by a link has one to share.
    if (account.forward_keep) put_mailbox(account, detail, forwarded);
    const bool any = go_all(account.forward, {}, Step::Kind::forward, account, true, depth);
    if (!account.forward_keep && !any) put_mailbox(account, detail, forwarded);
    return left(name, true);
}

void Walk::put_mailbox(const Account& account, const std::string& detail, bool forwarded) {
    Target target;
    target.kind = Target::Kind::mailbox;
    target.account = account;
    target.folder = account.subaddress_folders ? detail : std::string();
    target.address = with_detail(account.name, target.folder);
    target.forwarded = forwarded;
    const auto key = account.name.text() + '\0' + lower(target.folder);
    put(std::move(target), key);
}

void Walk::put(Target target, const std::string& key) {
    if (seen_.insert(key).second) out_.targets.push_back(std::move(target));
}

void Walk::put_failure(Target::Kind kind, const std::string& address, bool forwarded, Status status,
                       std::string reason) {
    Target target;
    target.kind = kind;
    target.address = address;
    target.forwarded = forwarded;
    target.status = status;
    target.reason = std::move(reason);
    put(std::move(target), "?" + lower(address));
}

Expansion Walk::take(const std::string& address) {
    if (out_.targets.empty() && out_.complete)
        put_failure(Target::Kind::nowhere, address, false, {5, 4, 6},
                    "its aliases lead back to themselves, or nowhere");
    return std::move(out_);
}

void Walk::go_back(const mail::Address& address, const SrsSite& srs, WallTime now) {
    const auto text = address.text();
    if (srs.secrets.empty()) {
        put_failure(Target::Kind::unknown, text, false, {4, 3, 5}, "the secret of queue.srs cannot be read");
        return;
    }
    const auto back = srs_reverse(text, srs.secrets, now, srs.rules);
    if (!back) {
        const bool old = back.error() == SrsFault::expired;
        put_failure(Target::Kind::nowhere, text, false, {5, 1, 1},
                    old ? "reports are not taken so late" : "no such user here: this address was not made here");
        return;
    }
    out_.steps.push_back({Step::Kind::srs, text, *back, srs.place});
    go(*back, false, 1);
}

/// In the form of srs.h, and of a domain of ours; that it could not be asked about is for the usual way to find out.
bool is_rewritten(const Directory& directory, const mail::Address& address, const SrsSite& srs) {
    const auto read = srs_reverse(address.text(), {}, WallTime());
    if (!read && read.error() != SrsFault::bad_hash) return false;
    if (!srs.domain.empty() && equal_nocase(address.domain, srs.domain)) return true;
    const auto domain = accounts::make_domain(address.domain);
    if (!domain) return false;
    const auto found = directory.find_domain(*domain);
    return found && found->has_value() && (*found)->enabled;
}

bool holds(const std::vector<std::string>& addresses, const accounts::Name& name) {
    return std::ranges::any_of(addresses, [&](const auto& one) { return accounts::parse_name(one) == name; });
}

bool reaches(const Expansion& expansion, const accounts::Name& name) {
    return std::ranges::any_of(expansion.targets, [&](const Target& target) {
        return target.kind == Target::Kind::mailbox && !target.forwarded && target.account.name == name;
    });
}

constexpr std::size_t kSenderLookUps = 10'000;

}  // namespace

bool Expansion::leads_back() const noexcept {
    return !steps.empty() && steps.front().kind == Step::Kind::srs;
}

const accounts::Account* Expansion::only_account() const noexcept {
    const auto& first = targets.front();
    const bool one = targets.size() == 1 && first.kind == Target::Kind::mailbox && !first.forwarded;
    return one ? &first.account : nullptr;
}

bool Expansion::trivial() const noexcept {
    using Kind = Step::Kind;
    return complete && targets.size() == 1 &&
           std::ranges::all_of(
               steps, [](Kind kind) { return kind == Kind::domain_alias || kind == Kind::subaddress; }, &Step::kind);
}

bool Expansion::leads_somewhere() const noexcept {
    return !complete || std::ranges::any_of(targets, [](const Target& one) {
        return one.kind == Target::Kind::mailbox || one.kind == Target::Kind::remote;
    });
}

Expansion expand(const Directory& directory, std::string_view address, Forwards forwards, std::size_t look_ups) {
    Walk walk(directory, forwards, look_ups);
    const std::string start(address);
    walk.go(start, false, 0);
    auto out = walk.take(start);
    if (out.targets.size() < 2 || !std::ranges::any_of(out.targets, &Target::forwarded)) return out;
    // Who is meant in its own right, too, is not there by a forward alone.
    Walk direct(directory, Forwards::ignored, look_ups);
    direct.go(start, false, 0);
    std::unordered_set<std::string> meant;
    for (const auto& target : direct.take(start).targets) meant.insert(lower(target.address));
    for (auto& target : out.targets) target.forwarded = target.forwarded && !meant.contains(lower(target.address));
    return out;
}

Expansion expand_or_reverse(const Directory& directory, std::string_view address, const SrsSite* srs, WallTime now,
                            Forwards forwards, std::size_t look_ups) {
    const auto parsed = srs == nullptr ? std::nullopt : read_address(address);
    if (!parsed || !is_rewritten(directory, *parsed, *srs)) return expand(directory, address, forwards, look_ups);
    Walk walk(directory, forwards, look_ups);
    walk.go_back(*parsed, *srs, now);
    return walk.take(std::string(address));
}

Result<bool, accounts::Unavailable> may_send_as(const Directory& directory, const Account& account,
                                                const mail::Address& sender) {
    const auto name = accounts::make_name(sender);
    if (!name) return false;
    if (*name == account.name || holds(account.send_as, *name)) return true;
    const auto meant = expand(directory, sender.text(), Forwards::followed, kSenderLookUps);
    if (reaches(meant, account.name)) return true;
    for (const auto& target : meant.targets)
        if (target.kind == Target::Kind::unknown) return fail(accounts::Unavailable{target.reason});
    const auto groups = directory.sending_groups_of(account.name.domain);
    if (!groups) return fail(groups.error());
    for (const auto& group : *groups)
        if (holds(group.send_as, *name) &&
            reaches(expand(directory, group.name.text(), Forwards::followed, kSenderLookUps), account.name))
            return true;
    return false;
}

}  // namespace md::delivery
