// mdctl/pages.h - the manual pages and files that are made from the tables of the program
//
// CONTRACT
//   Pure. A page tells of what the tables hold and of nothing else: verbs, options, events, daemons.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace md::mdctl {

struct Page {
    std::string_view name;  ///< "mdctl.8"
    std::string (*make)();
};

[[nodiscard]] std::span<const Page> pages();

/// sendmail_page.cc
[[nodiscard]] std::string sendmail_page();

}  // namespace md::mdctl
