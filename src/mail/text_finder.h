// mail/text_finder.h - which of some strings stand in a text that comes in pieces
//
// PURPOSE
//   SEARCH asks of one text whether any of several strings is in it, case aside. The finder prepares the text as the
//   strings were (casemap.h) and looks for those that were not found yet.
// CONTRACT
//   Pure, linear in the text for each string; keeps the end of the last piece, no more than the longest string and a
//   character. Pieces are UTF-8 put together; a character may be cut between two. The empty string is found always. Who
//   must not be kept long gives pieces of portion() octets.
// RFC
//   3501 §6.4.4 (substring, case-insensitive); 5051 (what case-insensitive means); 4790 §4.2.5
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace md::mail {

class TextFinder {
  public:
    /// `needles` as casemap() prepared them.
    explicit TextFinder(std::vector<std::string> needles);

    void feed(std::string_view utf8);
    /// Octets that are looked for all that is missing within some milliseconds.
    [[nodiscard]] std::size_t portion() const noexcept;
    /// The text has ended; what follows is another one, and nothing is found across.
    void end_text();

    [[nodiscard]] bool found(std::size_t needle) const noexcept { return found_[needle]; }
    /// Nothing more can be learnt.
    [[nodiscard]] bool all_found() const noexcept { return missing_ == 0; }

  private:
    void look(std::size_t known);

    std::vector<std::string> needles_;
    std::vector<bool> found_;
    std::size_t missing_ = 0;
    std::size_t longest_ = 0;
    std::string cut_;     ///< the octets of a character whose end has not come
    std::string window_;  ///< prepared: the end of what was looked at, then what is new
};

/// A text that is given to finders a portion at a time.
class TextPortions {
  public:
    /// Another text; the one before it has ended.
    void take(std::string text) {
        text_ = std::move(text);
        at_ = 0;
    }
    [[nodiscard]] bool done() const noexcept { return at_ == text_.size(); }
    /// The next portion, to both if there are two; with the last one their text ends.
    void give(TextFinder& finder, TextFinder* second = nullptr);

  private:
    std::string text_;
    std::size_t at_ = 0;
};

}  // namespace md::mail
