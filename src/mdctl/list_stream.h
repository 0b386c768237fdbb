// mdctl/list_stream.h - a list that is printed while it comes, however long it is
//
// CONTRACT
//   The same output as Context::print_list() gives, in memory that does not grow: columns are as wide as the first rows
//   need, and a later text that is longer pushes the rest of its row. end() is called once all is there; without it
//   what was printed is no whole document.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "mdctl/context.h"

namespace md::mdctl {

class ListStream {
  public:
    ListStream(Context& context, std::vector<std::string> heading);

    void add(const ipc::Json& item, std::vector<std::string> row);
    void end();

  private:
    static constexpr std::size_t kRows = 500;  ///< printed together
    static constexpr auto kPatience = std::chrono::milliseconds(300);

    void flush();
    void add_json(const ipc::Json& item);

    Context& context_;
    Table rows_;  ///< that are not printed yet
    std::vector<std::size_t> widths_;
    std::vector<std::string> heading_;
    std::string text_;  ///< likewise, JSON
    std::size_t items_ = 0;
    std::size_t waiting_ = 0;
    std::chrono::steady_clock::time_point printed_ = std::chrono::steady_clock::now();
};

}  // namespace md::mdctl
