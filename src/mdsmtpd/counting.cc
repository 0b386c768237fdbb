// mdsmtpd/counting.cc - what a stranger's address may do only so often; see session.h and daemon/door.h
//
// DIAGNOSTICS
//   SmtpTooOften

#include "base/strings.h"
#include "mdsmtpd/session.h"

namespace md::mdsmtpd {

using async::Task;
using mail::Status;
using policy::Occasion;
using smtp::Reply;

namespace opt = config::opt;

/// Not who logged in or is a relay of ours, nor loopback and trusted networks.
bool Session::is_counted() const {
    return services_.door != nullptr && account_.empty() && relays_.empty() && !client_ip().empty() &&
           services_.door->counts(stream_.peer().ip());
}

/// Beyond the limit the session ends.
Task<void> Session::note(Occasion occasion) {
    if (!is_counted()) co_return;
    const auto counted = co_await services_.door->counters().count(occasion, stream_.peer().ip());
    if (!counted.over || closing_) co_return;
    connection_.log.event(Event::SmtpTooOften, client_ip(), policy::name(occasion));
    reply(Reply(421, Status{4, 7, 0}, config_[opt::hostname] + " too many errors, try again later"));
}

/// Why a message is not begun: its sender is banned, or the address sends too many. Bans are for strangers.
Task<std::optional<Reply>> Session::refuse_often(const smtp::MailArguments& arguments) {
    if (services_.door == nullptr || connection_.user || !account_.empty()) co_return std::nullopt;
    const auto sender = arguments.sender ? arguments.sender->text() : std::string();
    if (services_.door->sender_banned(sender))
        co_return Reply(550, Status{5, 7, 1}, "mail of this sender is refused here");
    if (!is_counted()) co_return std::nullopt;
    const auto counted = co_await services_.door->counters().count(Occasion::message, stream_.peer().ip());
    if (!counted.over) co_return std::nullopt;
    connection_.log.event(Event::SmtpTooOften, client_ip(), policy::name(Occasion::message));
    co_return Reply(450, Status{4, 7, 1}, "too many messages, try again later");
}

}  // namespace md::mdsmtpd
