// mdimapd/handlers.cc - see handlers.h

#include "mdimapd/handlers.h"

#include <algorithm>
#include <array>

#include "base/assert.h"

namespace md::mdimapd {
namespace {

using imap::Verb;

struct HandlerRow {
    Verb verb;
    Handler run;
};

constexpr std::array kHandlers{
    HandlerRow{Verb::append, append},
    HandlerRow{Verb::authenticate, authenticate},
    HandlerRow{Verb::capability, capability},
    HandlerRow{Verb::check, check},
    HandlerRow{Verb::close, close},
    HandlerRow{Verb::compress, compress},
    HandlerRow{Verb::copy, copy},
    HandlerRow{Verb::create, create},
    HandlerRow{Verb::delete_mailbox, remove_mailbox},
    HandlerRow{Verb::enable, enable},
    HandlerRow{Verb::examine, select},
    HandlerRow{Verb::expunge, expunge},
    HandlerRow{Verb::fetch, fetch},
    HandlerRow{Verb::get_quota, get_quota},
    HandlerRow{Verb::get_quota_root, get_quota_root},
    HandlerRow{Verb::id, id},
    HandlerRow{Verb::idle, idle},
    HandlerRow{Verb::list, list},
    HandlerRow{Verb::login, login},
    HandlerRow{Verb::logout, logout},
    HandlerRow{Verb::lsub, lsub},
    HandlerRow{Verb::move, copy},
    HandlerRow{Verb::name_space, name_space},
    HandlerRow{Verb::noop, noop},
    HandlerRow{Verb::rename, rename},
    HandlerRow{Verb::search, search},
    HandlerRow{Verb::select, select},
    HandlerRow{Verb::set_quota, set_quota},
    HandlerRow{Verb::sort, sort},
    HandlerRow{Verb::starttls, start_tls},
    HandlerRow{Verb::status, status},
    HandlerRow{Verb::store, change_flags},
    HandlerRow{Verb::subscribe, subscribe},
    HandlerRow{Verb::thread, thread},
    HandlerRow{Verb::unselect, unselect},
    HandlerRow{Verb::unsubscribe, subscribe},
};
static_assert(kHandlers.size() == imap::kCommands.size(), "each row of the grammar's table has its handler");

}  // namespace

Handler handler_of(Verb verb) noexcept {
    const auto* row = std::find_if(kHandlers.begin(), kHandlers.end(), [=](const auto& r) { return r.verb == verb; });
    MD_ASSERT(row != kHandlers.end());
    return row->run;
}

}  // namespace md::mdimapd
