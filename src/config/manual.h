// config/manual.h - writes a manual page in mdoc(7)
//
// PURPOSE
//   The pages that are made from tables: mdmail.conf(5) here, mdctl(8) in mdctl.
// CONTRACT
//   Text is prose: it is escaped, wrapped, and each sentence begins a line, so that `mandoc -Tlint` has nothing to say.
#pragma once

#include <string>
#include <string_view>

namespace md::config {

class Manual {
  public:
    Manual(std::string_view name, int section, std::string_view description);

    void heading(std::string_view text);
    void subheading(std::string_view text);
    void paragraph(std::string_view text);
    void example(std::string_view lines);
    void begin_list();
    void item(std::string_view tag, std::string_view text);
    void end_list();
    /// "mdctl 8, mdsmtpd 8"
    void see_also(std::string_view pages);

    [[nodiscard]] const std::string& text() const noexcept { return out_; }

  private:
    std::string out_;
    bool after_heading_ = false;
};

}  // namespace md::config
