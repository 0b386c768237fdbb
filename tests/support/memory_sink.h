// tests/support/memory_sink.h - a log that a test reads
#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "log/format.h"
#include "log/sink.h"

namespace md::test {

class MemorySink final : public log::Sink {
  public:
    MemorySink() : Sink(log::Level::debug) {}

    void write(const log::Record& record) noexcept override {
        const std::lock_guard guard(mutex_);
        lines_.push_back(log::text_body(record));
    }

    /// "info SESSION event-id key=value" of all events so far.
    [[nodiscard]] std::vector<std::string> lines() const {
        const std::lock_guard guard(mutex_);
        return lines_;
    }
    [[nodiscard]] std::size_t count(Event event) const {
        const auto id = " " + std::string(log::row(event).id);
        const auto all = lines();
        return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&id](const std::string& line) {
            const auto at = line.find(id);
            return at != std::string::npos && (at + id.size() == line.size() || line[at + id.size()] == ' ');
        }));
    }

  private:
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

}  // namespace md::test
