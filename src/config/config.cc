// config/config.cc - see config.h

#include "config/config.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"
#include "config/document.h"
#include "config/syntax.h"
#include "config/value.h"

namespace md::config {

namespace {

constexpr std::uint64_t kLargestFile = 16U << 20;

constexpr std::array<std::string_view, 6> kProtocols{"smtp", "submission", "lmtp", "imap", "pop3", "milter"};
constexpr std::array<std::string_view, 3> kTls{"none", "starttls", "implicit"};
constexpr std::array<std::string_view, 3> kAuth{"off", "offered", "required"};
constexpr std::array<std::string_view, 4> kClientTls{"none", "may", "must", "verify"};

/// The parser has accepted only names of the array.
template <class E, std::size_t N>
E enum_of(const std::array<std::string_view, N>& names, const std::string& name) {
    return static_cast<E>(std::find(names.begin(), names.end(), name) - names.begin());
}

std::uint16_t usual_port(Protocol protocol, Tls tls) {
    const bool implicit = tls == Tls::implicit;
    switch (protocol) {
        case Protocol::smtp: return 25;
        case Protocol::submission: return implicit ? 465 : 587;
        case Protocol::lmtp: return 24;
        case Protocol::imap: return implicit ? 993 : 143;
        case Protocol::pop3: return implicit ? 995 : 110;
        case Protocol::milter: break;  // it has none
    }
    return 0;
}

Auth usual_auth(Protocol protocol) {
    return protocol == Protocol::smtp || protocol == Protocol::lmtp ? Auth::off : Auth::required;
}

/// Where the file gives no [[listener]].
std::vector<Listener> usual_listeners(const std::string& run) {
    std::vector<Listener> listeners;
    const auto add = [&](Protocol protocol, Tls tls) {
        listeners.push_back({protocol, "*", usual_port(protocol, tls), tls, usual_auth(protocol), true, {}});
    };
    add(Protocol::smtp, Tls::starttls);
    add(Protocol::submission, Tls::starttls);
    add(Protocol::submission, Tls::implicit);
    add(Protocol::imap, Tls::starttls);
    add(Protocol::imap, Tls::implicit);
    add(Protocol::pop3, Tls::starttls);
    add(Protocol::pop3, Tls::implicit);
    listeners.push_back({Protocol::submission, "unix:" + run + "/submit", 0, Tls::none, Auth::off, true, {}});
    return listeners;
}

/// "inet:[2001:db8::1]:8891" or "unix:/path", as the parser has accepted it.
Listener milter_listener(std::string_view text) {
    constexpr std::string_view inet = "inet:";
    Listener listener;
    listener.protocol = Protocol::milter;
    listener.address = text;
    if (!text.starts_with(inet)) return listener;
    text.remove_prefix(inet.size());
    const auto colon = text.rfind(':');
    listener.port = parse_number<std::uint16_t>(text.substr(colon + 1)).value_or(0);
    listener.address = text.substr(0, colon);
    if (listener.address.starts_with('[')) listener.address = listener.address.substr(1, listener.address.size() - 2);
    return listener;
}

template <class T, class Field>
const T& field(const Values& row, Field field) {
    return row.get<T>(static_cast<std::size_t>(field));
}

std::string machine_name() {
    char name[256] = "";
    if (gethostname(name, sizeof(name) - 1) != 0 || name[0] == '\0') return "localhost";
    return name;
}

}  // namespace

std::string_view name(Protocol protocol) noexcept {
    return kProtocols[static_cast<std::size_t>(protocol)];
}
std::string_view name(Tls tls) noexcept {
    return kTls[static_cast<std::size_t>(tls)];
}
std::string_view name(Auth auth) noexcept {
    return kAuth[static_cast<std::size_t>(auth)];
}
std::string_view name(ClientTls tls) noexcept {
    return kClientTls[static_cast<std::size_t>(tls)];
}

const Route* Config::route_called(std::string_view domain) const noexcept {
    const auto found = std::ranges::find_if(routes_, [&](const auto& one) { return equal_nocase(one.domain, domain); });
    return found == routes_.end() ? nullptr : &*found;
}

const Route* Config::route_for(std::string_view domain) const noexcept {
    const Route* closest = nullptr;
    std::size_t best = 0;
    for (const auto& route : routes_) {
        const auto match = route_match(route.domain, domain);
        if (match <= best) continue;
        best = match;
        closest = &route;
    }
    return closest;
}

/// Makes a Config of values that the schema has accepted, and looks at what concerns several of them.
class Builder {
  public:
    Builder(Values values, const std::string& file, Faults& faults)
        : config_(new Config), file_(file), faults_(faults) {
        config_->file_ = file;
        config_->values_ = std::move(values);
    }

    ConfigPointer build();

  private:
    void add_listener(const Values& row);
    void add_relay(const Values& row);
    void add_route(const Values& row);
    void check_places();
    void add_milter_listeners();
    void add(Position where, std::string text) { faults_.push_back({file_, where, std::move(text)}); }
    [[nodiscard]] const std::vector<Values>& group(GroupIndex index) const {
        return config_->values_.groups[static_cast<std::size_t>(index)];
    }

    std::shared_ptr<Config> config_;
    const std::string& file_;
    Faults& faults_;
};

ConfigPointer Builder::build() {
    auto& hostname = std::get<std::string>(config_->values_.values[opt::hostname.index]);
    if (hostname.empty()) hostname = machine_name();
    for (const auto& row : group(GroupIndex::listener)) add_listener(row);
    for (const auto& row : group(GroupIndex::relay)) add_relay(row);
    for (const auto& row : group(GroupIndex::route)) add_route(row);
    check_places();
    if (group(GroupIndex::listener).empty()) config_->listeners_ = usual_listeners((*config_)[opt::paths_run]);
    add_milter_listeners();
    return config_;
}

void Builder::add_listener(const Values& row) {
    Listener listener;
    listener.protocol = enum_of<Protocol>(kProtocols, field<std::string>(row, ListenerField::protocol));
    listener.address = field<std::string>(row, ListenerField::address);
    listener.tls = enum_of<Tls>(kTls, field<std::string>(row, ListenerField::tls));
    const auto& auth = field<std::string>(row, ListenerField::auth);
    listener.auth = auth.empty() ? usual_auth(listener.protocol) : enum_of<Auth>(kAuth, auth);
    const auto port = static_cast<std::uint16_t>(field<std::int64_t>(row, ListenerField::port));
    listener.port = port != 0 ? port : usual_port(listener.protocol, listener.tls);
    listener.enabled = field<bool>(row, ListenerField::enabled);
    listener.proxy_from = field<std::vector<Network>>(row, ListenerField::proxy_from);
    const bool local = listener.address.starts_with("unix:");
    if (local) listener.port = 0;
    if (listener.tls == Tls::none && listener.auth == Auth::required)
        add(row.opened,
            "[[listener]] wants logins without TLS; expected tls = \"starttls\" or \"implicit\", or auth = \"off\"");
    if (listener.for_local_users() && (listener.tls == Tls::implicit || !listener.proxy_from.empty()))
        add(row.opened,
            "[[listener]] for local users (submission, unix:/path, auth off) has tls = \"implicit\" or proxy_from, "
            "which their programs do not speak; expected neither");
    config_->listeners_.push_back(std::move(listener));
}

void Builder::add_relay(const Values& row) {
    Relay relay;
    relay.networks = field<std::vector<Network>>(row, RelayField::network);
    relay.senders = field<std::vector<std::string>>(row, RelayField::senders);
    if (const auto rate = parse_rate(field<std::string>(row, RelayField::rate))) {
        relay.rate_count = rate->count;
        relay.rate_time = rate->time;
    }
    config_->relays_.push_back(std::move(relay));
}

void Builder::add_route(const Values& row) {
    Route route;
    route.domain = lower(field<std::string>(row, RouteField::domain));
    // Not there if it was a fault, of which the file's reader has told.
    route.to = parse_route_target(field<std::string>(row, RouteField::to)).value_or(RouteTarget());
    const auto& tls = field<std::string>(row, RouteField::tls);
    if (tls != "default") route.tls = enum_of<ClientTls>(kClientTls, tls);
    route.login = field<std::string>(row, RouteField::login);
    route.password_file = field<std::string>(row, RouteField::password_file);
    if (route.login.empty() != route.password_file.empty())
        add(row.opened, "[[route]] has only one of login and password_file; expected both or neither");
    // A password is for the host that is meant, and for no other.
    if (!route.login.empty() && !route.tls) route.tls = ClientTls::verify;
    if (!route.login.empty() && (route.tls == ClientTls::none || route.tls == ClientTls::may))
        add(row.opened, "[[route]] logs in where TLS may be absent; expected tls = \"verify\" or \"must\"");
    if (route.tls == ClientTls::verify &&
        (route.to.mail_exchangers || is_address(route.to.host) || !route.to.path.empty()))
        add(row.opened,
            "[[route]] is to verify the certificate of a host, and names none; expected to = \"smtp:[HOST]:PORT\" with "
            "a name, or "
            "tls = \"must\"");
    for (const auto& other : config_->routes_)
        if (other.domain == route.domain)
            add(row.opened, "[[route]] for " + route.domain + " stands twice; expected one for each domain");
    config_->routes_.push_back(std::move(route));
}

/// Two enabled listeners at one place: the second could never be opened.
void Builder::check_places() {
    const auto& listeners = config_->listeners_;
    for (std::size_t i = 0; i < listeners.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            const auto& a = listeners[i];
            const auto& b = listeners[j];
            if (!a.enabled || !b.enabled || a.address != b.address || a.port != b.port) continue;
            add(group(GroupIndex::listener)[i].opened, "[[listener]] stands where line " +
                                                           std::to_string(group(GroupIndex::listener)[j].opened.line) +
                                                           " already listens; expected another address or port");
            break;
        }
    }
}

void Builder::add_milter_listeners() {
    auto& listeners = config_->listeners_;
    for (const auto& text : (*config_)[opt::filter_listen]) {
        auto listener = milter_listener(text);
        const auto same = [&](const Listener& other) {
            return other.enabled && other.address == listener.address && other.port == listener.port;
        };
        if (std::any_of(listeners.begin(), listeners.end(), same))
            add(config_->values_.where[opt::filter_listen.index],
                "filter.listen has \"" + text +
                    "\", where something already listens; expected another address or port");
        listeners.push_back(std::move(listener));
    }
}

const Listener* Config::local_submission() const noexcept {
    const auto found =
        std::ranges::find_if(listeners_, [](const Listener& one) { return one.enabled && one.for_local_users(); });
    return found == listeners_.end() ? nullptr : &*found;
}

bool Config::trusted(std::string_view address) const noexcept {
    const auto& networks = (*this)[opt::trusted_networks];
    return std::any_of(networks.begin(), networks.end(), [&](const Network& n) { return n.contains(address); });
}

bool Config::cleartext_allowed(const IpAddress& address) const noexcept {
    const auto& networks = (*this)[opt::auth_cleartext_networks];
    return std::any_of(networks.begin(), networks.end(), [&](const Network& n) { return n.contains(address); });
}

namespace {

std::string absolute(const std::string& path) {
    return std::filesystem::absolute(path).lexically_normal().string();
}

/// Empties a line, counted from 1; false: it holds nothing.
bool empty_line(std::string& text, int line) {
    std::size_t begin = 0;
    for (; line > 1; --line) {
        const auto end = text.find('\n', begin);
        if (end == std::string::npos) return false;
        begin = end + 1;
    }
    const auto length = std::min(text.find('\n', begin), text.size()) - begin;
    text.erase(begin, length);
    return length > 0;
}

/// The text without the lines that keep it from being TOML; none if they are many.
std::optional<std::string> without_broken_lines(std::string text, const std::string& file) {
    constexpr int kMost = 20;
    for (int i = 0; i < kMost; ++i) {
        const auto parsed = parse_document(text, file);
        if (parsed) return text;
        if (!empty_line(text, parsed.error().where.line)) break;
    }
    return std::nullopt;
}

ConfigPointer build(std::string_view text, const std::string& file, Faults& faults) {
    auto values = read_text(main_schema(), text, file, faults);
    return Builder(std::move(values), file, faults).build();
}

}  // namespace

Result<ConfigPointer, Faults> load_text(std::string_view text, const std::string& file) {
    Faults faults;
    auto config = build(text, file, faults);
    if (!faults.empty()) return fail(std::move(faults));
    return config;
}

Result<ConfigPointer, Faults> load(const std::string& path) {
    const auto file = absolute(path);
    try {
        const auto text = real_files().read_linked(file, kLargestFile);
        if (!text) return fail(Faults{{file, {}, "no such file; `mdctl init` makes one"}});
        return load_text(*text, file);
    } catch (const SystemError& error) {
        return fail(Faults{{file, {}, error.what()}});
    }
}

ConfigPointer load_despite_faults(const std::string& path) {
    const auto file = absolute(path);
    try {
        const auto text = real_files().read_linked(file, kLargestFile);
        const auto rest = text ? without_broken_lines(*text, file) : std::nullopt;
        if (!rest) return nullptr;
        Faults told_elsewhere;
        return build(*rest, file, told_elsewhere);
    } catch (const SystemError&) {
        return nullptr;
    }
}

std::vector<std::string_view> need_restart(const Config& before, const Config& after) {
    std::vector<std::string_view> keys;
    const auto options = main_schema().options;
    for (std::size_t i = 0; i < options.size(); ++i)
        if (!options[i].reloadable && before.values().values[i] != after.values().values[i])
            keys.push_back(options[i].key);
    return keys;
}

}  // namespace md::config
