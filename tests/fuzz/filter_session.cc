// tests/fuzz/filter_session.cc - any octets from an MTA to mdfilterd's session, its checks at work

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>

#include "async/loop.h"
#include "base/assert.h"
#include "checks/lists_check.h"
#include "log/format.h"
#include "mdfilterd/session.h"

namespace {

using md::async::Scope;
using md::async::Task;
using md::checks::Finding;
using md::checks::Stage;

class NoLog final : public md::log::Sink {
  public:
    NoLog() : Sink(md::log::Level::debug) {}
    void write(const md::log::Record& record) noexcept override { (void)md::log::text_body(record); }
};

/// Decides by the octets that it sees, differently for each recipient.
class ByOctets final : public md::checks::Check {
  public:
    ByOctets(Stage begins, Stage due)
        : Check({.name = "octets", .begins = begins, .due = due, .wants_body = true, .largest_body = 16}) {}

    Task<Finding> examine(std::shared_ptr<const md::checks::Subject> subject,
                          std::optional<std::uint32_t> recipient) const override {
        Finding finding;
        finding.found = subject->reverse_path;
        for (std::uint32_t place = 0; place < subject->recipients.size(); ++place) {
            const auto& name = subject->recipients[place];
            const auto action = static_cast<md::checks::Action>((name.size() + subject->body.size()) % 9);
            finding.by_recipient.emplace_back(place, md::checks::Decision(action, name));
        }
        MD_ASSERT(!recipient || *recipient < subject->recipients.size());
        MD_ASSERT(subject->body.empty() || subject->body.size() == subject->body_size);
        co_await md::async::sleep_for(std::chrono::microseconds(subject->header.size()));
        co_return finding;
    }
};

struct World {
    World() {
        pipeline.add(std::make_unique<md::checks::WhiteListCheck>([this] { return &lists; }, md::real_clock()));
        pipeline.add(std::make_unique<md::checks::ListsCheck>([this] { return &lists; }, md::real_clock()));
        pipeline.add(std::make_unique<ByOctets>(Stage::connect, Stage::rcpt));
        pipeline.add(std::make_unique<ByOctets>(Stage::rcpt, Stage::rcpt));
        pipeline.add(std::make_unique<ByOctets>(Stage::headers, Stage::end_of_message));
        pipeline.add(std::make_unique<ByOctets>(Stage::end_of_message, Stage::end_of_message));
        md::policy::Entry entry;
        entry.kind = md::policy::Kind::sender;
        entry.value = *md::policy::canonical(entry.kind, "c@*");
        lists.put(entry);
    }

    md::policy::Lists lists;
    md::checks::Pipeline pipeline{md::checks::Limits()};
    md::config::ConfigPointer config = *md::config::load_text("", "/mdmail.conf");
    NoLog sink;
    int in_message = 0;
};

Task<void> converse(Scope* scope, md::net::Stream* stream, World* world, bool own) {
    md::mdfilterd::Session session(world->pipeline, *scope, *world->config, md::log::Logger(world->sink),
                                   [world](int change) { world->in_message += change; });
    auto settings = md::mdfilterd::server_settings(world->pipeline, own);
    settings.max_recipients = 8;
    settings.idle_timeout = std::chrono::seconds(1);
    try {
        const auto end = co_await md::milter::serve(*stream, session, settings);
        static_cast<void>(end);
    } catch (const md::net::Disconnected&) {
        // The input ended first.
    }
    scope->cancel();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kSocketHolds = 100'000;
    if (size == 0 || size > kSocketHolds) return 0;
    static World world;
    int fds[2];
    MD_ASSERT(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    md::Fd mta(fds[0]);
    md::async::Loop loop;
    md::net::Stream stream(md::Fd(fds[1]), {}, {});
    MD_ASSERT(::send(mta.get(), data, size, 0) == static_cast<ssize_t>(size));
    ::shutdown(mta.get(), SHUT_WR);
    const auto body = [&](Scope& scope) { return converse(&scope, &stream, &world, data[size - 1] % 2 == 0); };
    loop.run(md::async::scoped(body));
    MD_ASSERT(world.in_message == 0);
    return 0;
}
