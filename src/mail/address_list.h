// mail/address_list.h - the addresses of From, To, Cc … as an IMAP envelope tells them
//
// PURPOSE
//   AddressListScanner walks over the value of an address field and gives one address, or the beginning or end of a
//   group, at a time. It is for showing what a message says; which mailbox mail may be sent to is mail/address.h.
// CONTRACT
//   Pure, linear, no recursion; keeps one address. Reads whatever stands there: comments (the last one is the name of
//   an address that has no other), routes, quoted words, 8-bit octets, missing brackets and domains, quotes and
//   comments that never end (then they are characters like others), semicolons as separators. Encoded words are left.
// RFC
//   5322 §3.4, §4.4; 3501 §7.4.2; 6532
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace md::mail {

struct ListedAddress {
    enum class Kind : std::uint8_t { mailbox, group_start, group_end } kind = Kind::mailbox;
    std::optional<std::string> name;   ///< without quotes
    std::optional<std::string> route;  ///< "@a,@b"
    std::string mailbox;               ///< local part without quotes; of group_start the group's name
    std::string host;                  ///< empty if there is none
};

class AddressListScanner {
  public:
    explicit AddressListScanner(std::string_view value) noexcept : text_(value) {}

    /// The next one; false: the list has ended. A group that was not ended ends with the list.
    [[nodiscard]] bool next(ListedAddress& address);

    /// Octets looked at so far: what linearity is measured by.
    [[nodiscard]] std::uint64_t work() const noexcept { return at_ + ahead_; }

  private:
    [[nodiscard]] bool at_end() const noexcept { return at_ >= text_.size(); }
    [[nodiscard]] char peek() const noexcept { return text_[at_]; }
    /// Over blanks and comments. True: there was one.
    bool skip();
    std::optional<std::size_t> comment_end();
    std::optional<std::size_t> quote_end();
    void take_word(std::string& out);
    void take_phrase();
    void take_domain(std::string& out);
    void take_angle(ListedAddress& address);
    void take_route(ListedAddress& address);
    void drop_rest();
    bool mailbox_from_words(ListedAddress& address);

    std::string_view text_;
    std::size_t at_ = 0;
    bool in_group_ = false;
    bool quotes_end_ = true;       ///< false: no quote from here on has an end
    bool comments_end_ = true;     ///< likewise
    std::string phrase_;           ///< words read so far, a blank between them
    std::string word_;             ///< the last, as a local part
    std::size_t before_word_ = 0;  ///< of phrase_
    std::optional<std::string> comment_;
    std::uint64_t ahead_ = 0;  ///< octets looked at before their turn
};

}  // namespace md::mail
