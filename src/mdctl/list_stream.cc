// mdctl/list_stream.cc - see list_stream.h

#include "mdctl/list_stream.h"

#include <utility>

namespace md::mdctl {

ListStream::ListStream(Context& context, std::vector<std::string> heading)
    : context_(context), heading_(std::move(heading)) {}

void ListStream::add(const ipc::Json& item, std::vector<std::string> row) {
    if (context_.json())
        add_json(item);
    else
        rows_.push_back(std::move(row));
    ++items_;
    if (++waiting_ >= kRows || std::chrono::steady_clock::now() - printed_ > kPatience) flush();
}

/// As a member of the pretty document is written.
void ListStream::add_json(const ipc::Json& item) {
    if (context_.json_lines()) {
        text_ += item.dump() + "\n";
        return;
    }
    text_ += items_ == 0 ? "[\n  " : ",\n  ";
    for (const char c : item.dump(true)) {
        text_ += c;
        if (c == '\n') text_ += "  ";
    }
}

void ListStream::flush() {
    if (!rows_.empty()) {
        if (!heading_.empty()) rows_.insert(rows_.begin(), std::exchange(heading_, {}));
        if (widths_.empty()) widths_ = widths_of(rows_);
        text_ += text_of(std::exchange(rows_, {}), widths_);
    }
    context_.print_raw(std::exchange(text_, {}));
    waiting_ = 0;
    printed_ = std::chrono::steady_clock::now();
}

void ListStream::end() {
    if (context_.json() && !context_.json_lines()) text_ += items_ == 0 ? "[]\n" : "\n]\n";
    flush();
}

}  // namespace md::mdctl
