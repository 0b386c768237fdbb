// log/descriptor_sink.h - lines into a file, a pipe or a terminal
//
// CONTRACT
//   See sink.h. Each line is one write with O_APPEND, so that the lines of many processes do not mix. Before
//   start_thread() a line is written at once, unless the descriptor is not ready to take it; then it is dropped and
//   counted. After it lines wait in a bounded buffer for the thread. The destructor gives the thread a second to write
//   what waits.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "base/fd.h"
#include "log/sink.h"

namespace md::log {

class DescriptorSink final : public Sink {
  public:
    DescriptorSink(const Settings& settings, Writer writer);
    ~DescriptorSink() override;

    void write(const Record& record) noexcept override;
    void become(Writer writer) override { writer_ = std::move(writer); }
    void start_thread() override;
    void finish() noexcept override;
    [[nodiscard]] int descriptor() const noexcept override { return file_.get(); }
    void reopen() override;

  private:
    [[nodiscard]] std::string line(const Record& record) const;
    [[nodiscard]] std::string dropped_line(std::uint64_t count) const;
    void put(std::string_view line);
    bool write_now(std::string_view lines, int patience_ms) noexcept;
    void run() noexcept;

    const Format format_;
    const std::string path_;  ///< empty: standard error
    const std::size_t buffer_bytes_;
    Writer writer_;
    Fd file_;

    std::mutex mutex_;
    std::condition_variable wanted_;
    std::string waiting_;
    std::uint64_t dropped_ = 0;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace md::log
