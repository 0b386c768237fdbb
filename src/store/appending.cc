// store/appending.cc - see appending.h; Mailbox::append is one message

#include "store/appending.h"

#include <utility>

#include "base/ids.h"
#include "store/arrivals.h"
#include "store/maildir_name.h"
#include "store/reservation.h"

namespace md::store {

namespace {

/// The file's own time is the message's: whoever must read the mailbox without its journal has it. What a file cannot
/// have (before 1970, after 2262) is in the journal alone.
void date_file(Files& files, const std::string& path, std::int64_t seconds) {
    constexpr std::int64_t kNanoseconds = 1'000'000'000;
    if (seconds >= 0 && seconds <= INT64_MAX / kNanoseconds) files.set_modified(path, seconds * kNanoseconds);
}

}  // namespace

Appending::Appending(Mailbox& mailbox, const QuotaLimits& quota)
    : core_(&mailbox.core()),
      quota_(quota),
      reserved_(std::make_unique<Reserved>(mailbox.core().account())),
      arrivals_(std::make_unique<Arrivals>(mailbox.core())) {}
Appending::~Appending() = default;
Appending::Appending(Appending&& other) noexcept = default;

Result<void, OverQuota> Appending::reserve(const QuotaUse& least, std::uint64_t most) {
    if (quota_.none()) return {};
    return reserved_->resize(least, most, quota_);
}

Result<void, OverQuota> Appending::make_room(const StoredSize& size) {
    return reserve({bytes_ + size.least, this->size() + 1}, bytes_ + size.most);
}

void Appending::keep_room() {
    if (reserved_->is_fresh(core_->core().now_seconds())) return;
    const auto& room = reserved_->room();
    // If there is none any more, place() will say so.
    (void)reserve(room, room.bytes);
}

MessageWriter Appending::start() {
    core_->mend_directories();
    return {core_->files(), arrivals_->fresh_path()};
}

std::unique_ptr<BinaryMessage> Appending::start_binary() {
    core_->mend_directories();
    return std::make_unique<BinaryMessage>(core_->files(), arrivals_->fresh_path());
}

void Appending::add(MessageWriter message, std::int64_t internal_date, Flags flags, std::vector<std::string> keywords,
                    std::string uidl) {
    message.finish();
    Message m;
    m.flags = flags;
    m.keywords = std::move(keywords);
    m.internal_date = internal_date;
    m.size_lf = message.size_lf();
    m.size_crlf = message.size_crlf();
    m.email_id = "M" + random_name(24);
    m.uidl = std::move(uidl);
    auto path = core_->path_now(message.path());
    date_file(core_->files(), path, internal_date);
    bytes_ += m.size_lf;
    arrivals_->add(std::move(path), std::move(m));
    message.placed();
}

std::size_t Appending::size() const noexcept {
    return arrivals_->size();
}

const std::vector<std::string>& Appending::refused() const noexcept {
    return arrivals_->refused();
}

Result<std::vector<Placed>, OverQuota> Appending::place() {
    const QuotaUse wanted{bytes_, size()};
    if (!reserved_->is_fresh(core_->core().now_seconds()) || !reserved_->holds(wanted)) {
        auto room = reserve(wanted, bytes_);
        if (!room) return fail(room.error());
    }
    arrivals_->place(*reserved_);
    arrivals_->make_durable();
    std::vector<Placed> out;
    for (std::size_t at = 0; at < arrivals_->size(); ++at) {
        const auto& m = arrivals_->message(at);
        out.push_back({m.uid, core_->uid_validity(), arrivals_->path(at), m.size_lf, m.size_crlf, m.email_id});
    }
    return out;
}

MessageWriter Mailbox::start_message() {
    core_->mend_directories();
    return MessageWriter(core_->files(), core_->temporary(fresh_key(core_->core().now_seconds())));
}

Placed Mailbox::append(MessageWriter message, std::int64_t internal_date, Flags flags,
                       std::vector<std::string> keywords) {
    Appending appending(*this);
    appending.add(std::move(message), internal_date, flags, std::move(keywords));
    return std::move(appending.place()->front());
}

}  // namespace md::store
