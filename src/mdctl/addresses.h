// mdctl/addresses.h - what the verbs about domains, accounts, aliases and groups share
//
// CONTRACT
//   A Complaint tells what was typed and what was expected. A listing goes on where one file is damaged: what is good
//   is shown, and Damage makes one complaint of the rest.
#pragma once

#include "mdctl/context.h"

namespace md::mdctl {

/// 64: no address.
[[nodiscard]] Result<accounts::Name, Complaint> address_argument(const Request& request,
                                                                 std::string_view argument = "ADDRESS");
/// The account of that address, which is there.
[[nodiscard]] Result<accounts::Account, Complaint> account_argument(Context& context, const Request& request);
[[nodiscard]] Result<std::string, Complaint> domain_argument(const Request& request,
                                                             std::string_view argument = "NAME");
/// The domain, which is there.
[[nodiscard]] Result<accounts::Domain, Complaint> known_domain(Context& context, const std::string& name);
/// That of --domain, which is there, or all.
[[nodiscard]] Result<std::vector<std::string>, Complaint> domains_to_list(Context& context, const Request& request);

/// Addresses here or elsewhere, as an alias leads to them. 64: one that is none.
[[nodiscard]] Outcome check_targets(const std::vector<std::string>& targets);

/// Returns when the daemons act on it, and says what was done.
[[nodiscard]] Outcome changed(Context& context, std::string_view what);

/// The words of a line that was typed or piped.
struct InputLine {
    std::size_t number = 0;
    std::vector<std::string> words;
};
/// Standard input without empty lines and those that begin with "#".
[[nodiscard]] std::vector<InputLine> lines_of_stdin();

[[nodiscard]] ipc::Json json_list(const std::vector<std::string>& texts);
[[nodiscard]] std::string joined(const std::vector<std::string>& texts, std::string_view between = ", ");

class Damage {
  public:
    void add(const accounts::Unavailable& unavailable);
    /// 78, a line for each, if there was any.
    [[nodiscard]] Outcome outcome() const;

  private:
    std::string lines_;
};

}  // namespace md::mdctl
