// log/logger.h - writes the events of one session
//
// PURPOSE
//   log.event(Event::Pop3LoggedIn, account, messages): one line with the session's id and the fields by position.
// CONTRACT
//   Holds a Sink that outlives it; cheap to copy. Events are counted (counter.h), also those that the sink does not
//   want. The number of fields is checked against the row at compile time. Secrets are never fields.
#pragma once

#include <array>
#include <string>
#include <type_traits>
#include <utility>

#include "log/event.h"
#include "log/field.h"
#include "log/sink.h"

namespace md::log {

/// An event whose row has as many fields as there are Fields; anything else does not compile.
template <class... Fields>
class CheckedEvent {
  public:
    consteval CheckedEvent(Event event) : event_(event) {
        if (field_count(row(event).fields) != sizeof...(Fields)) throw "the row of this event has other fields";
    }
    [[nodiscard]] Event get() const noexcept { return event_; }

  private:
    Event event_;
};

/// A name for a session that no other session has: 12 characters of 0-9a-z.
[[nodiscard]] std::string new_session_id();

/// One more of what the event is counted as (counter.h), if it is.
void count_event(Event event) noexcept;

class Logger {
  public:
    Logger(Sink& sink, std::string session) : sink_(&sink), session_(std::move(session)) {}
    /// For what belongs to no session.
    explicit Logger(Sink& sink) : sink_(&sink) {}

    [[nodiscard]] const std::string& session() const noexcept { return session_; }
    [[nodiscard]] Sink& sink() const noexcept { return *sink_; }

    template <class... Fields>
    void event(CheckedEvent<std::type_identity_t<Fields>...> event, const Fields&... fields) const {
        count_event(event.get());
        if (!sink_->wants(row(event.get()).level)) return;
        const std::array<Field, sizeof...(Fields)> values{Field(fields)...};
        write(event.get(), values);
    }

    /// The same for a failure: the last field is its cause, a std::exception or a std::exception_ptr.
    template <class... Fields>
    void failure(CheckedEvent<std::type_identity_t<Fields>...> what, const Fields&... fields) const {
        event<Fields...>(what, fields...);
    }

  private:
    void write(Event event, std::span<const Field> fields) const {
        sink_->write({event, row(event).level, session_, fields});
    }

    Sink* sink_;
    std::string session_;
};

}  // namespace md::log
