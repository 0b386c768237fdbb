// mdimapd/reply.h - how a command ends: the tagged line without its tag
#pragma once

#include <string>
#include <string_view>

#include "proto/imap/response.h"

namespace md::mdimapd {

class Reply {
  public:
    [[nodiscard]] static Reply ok(std::string_view text) { return {imap::Condition::ok, {}, text}; }
    [[nodiscard]] static Reply ok(std::string_view code, std::string_view text) {
        return {imap::Condition::ok, code, text};
    }
    /// Could not be done. Codes: RFC 3501 §7.1, RFC 5530.
    [[nodiscard]] static Reply no(std::string_view code, std::string_view text) {
        return {imap::Condition::no, code, text};
    }
    /// Not to be understood; counts against the client.
    [[nodiscard]] static Reply bad(std::string_view text) { return {imap::Condition::bad, {}, text}; }

    [[nodiscard]] bool is_bad() const noexcept { return condition_ == imap::Condition::bad; }
    [[nodiscard]] bool is_ok() const noexcept { return condition_ == imap::Condition::ok; }
    /// Gives an OK without a code this one. False: it cannot have it.
    bool take_code(std::string_view code) {
        if (!is_ok() || !code_.empty()) return false;
        code_ = code;
        return true;
    }
    void append_to(std::string& out, std::string_view tag) const {
        imap::append_status(out, tag, condition_, code_, text_);
    }

  private:
    Reply(imap::Condition condition, std::string_view code, std::string_view text)
        : condition_(condition), code_(code), text_(text) {}

    imap::Condition condition_;
    std::string code_;
    std::string text_;
};

}  // namespace md::mdimapd
