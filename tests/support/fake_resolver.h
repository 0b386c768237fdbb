// tests/support/fake_resolver.h - a DNS of a few lines, for tests of what asks it
//
// CONTRACT
//   What is not in the table is no_name; a name with any record, or with none by nothing_at(), is there, so that what
//   it lacks is no_data. Records go through the form of the wire, as real ones do. Answers come at once, or after
//   answer_after(); a deadline and a cancellation end the wait as with the real one.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dns/resolver.h"

namespace md::dns {

class FakeResolver final : public Resolver {
  public:
    void add_address(const std::string& host, std::string_view address);
    void add_mx(const std::string& domain, std::uint16_t preference, const std::string& host);
    void add_txt(const std::string& name, std::string_view text);
    void add_ptr(std::string_view address, const std::string& host);
    void add_tlsa(const std::string& name, const Tlsa& tlsa);
    /// Any octets, malformed ones too.
    void add_wire(const std::string& name, Type type, std::string data);
    void add_alias(const std::string& name, const std::string& target);
    void nothing_at(const std::string& name) { names_.insert(name); }
    /// This question fails so from now on.
    void break_at(const std::string& name, Type type, Trouble trouble) { broken_[{name, type}] = trouble; }
    /// Answers about this name, and the proof that it is not there, are validated.
    void sign(const std::string& name) { signed_.insert(name); }
    void set_ttl(std::chrono::seconds ttl) noexcept { ttl_ = ttl; }
    void answer_after(async::Duration wait) noexcept { wait_ = wait; }

    /// "MX example.org", in the order of asking.
    [[nodiscard]] const std::vector<std::string>& asked() const noexcept { return asked_; }

  protected:
    async::Task<Looked<std::string>> ask(Type type, std::string name, async::Deadline deadline) override;

  private:
    using Place = std::pair<std::string, Type>;

    [[nodiscard]] Answer<std::string> answer(Type type, const std::string& name) const;

    std::map<Place, std::vector<std::string>> records_;
    std::map<Place, Trouble> broken_;
    std::map<std::string, std::string> aliases_;
    std::set<std::string> names_;
    std::set<std::string> signed_;
    std::vector<std::string> asked_;
    std::chrono::seconds ttl_{300};
    async::Duration wait_{0};
};

}  // namespace md::dns
