// proto/sasl/mechanism.cc - see mechanism.h

#include "proto/sasl/mechanism.h"

#include <algorithm>

#include "base/strings.h"
#include "base/utf8.h"

namespace md::sasl {

namespace {

constexpr std::size_t kNameLimit = 255;
constexpr std::size_t kPasswordLimit = 1024;

bool is_text(std::string_view text, std::size_t limit) noexcept {
    return text.size() <= limit && text.find('\0') == std::string_view::npos && is_utf8(text);
}

bool is_name(std::string_view text) noexcept {
    return is_text(text, kNameLimit) && std::none_of(text.begin(), text.end(), is_control);
}

Step credentials(std::string_view authorization, std::string_view authentication, std::string_view password) {
    const bool sound = is_name(authorization) && is_name(authentication) && !authentication.empty() &&
                       is_text(password, kPasswordLimit) && !password.empty();
    if (!sound) return Malformed{};
    return Credentials(std::string(authorization), std::string(authentication), std::string(password));
}

/// RFC 4616 §2: message = [authzid] UTF8NUL authcid UTF8NUL passwd
class Plain final : public Exchange {
  public:
    Step start(std::optional<std::string_view> initial) override {
        if (!initial) return Challenge{};
        return respond(*initial);
    }

    Step respond(std::string_view response) override {
        const auto first = response.find('\0');
        if (first == std::string_view::npos) return Malformed{};
        const auto second = response.find('\0', first + 1);
        if (second == std::string_view::npos) return Malformed{};
        return credentials(response.substr(0, first), response.substr(first + 1, second - first - 1),
                           response.substr(second + 1));
    }
};

/// Two prompts; clients look at their order, some at their words.
class Login final : public Exchange {
  public:
    Step start(std::optional<std::string_view> initial) override {
        if (!initial) return Challenge{"Username:"};
        return respond(*initial);
    }

    Step respond(std::string_view response) override {
        if (name_) return credentials({}, *name_, response);
        if (response.empty() || !is_name(response)) return Malformed{};
        name_ = response;
        return Challenge{"Password:"};
    }

  private:
    std::optional<std::string> name_;
};

template <class E>
std::unique_ptr<Exchange> make() {
    return std::make_unique<E>();
}

}  // namespace

const std::array<Mechanism, 4>& mechanisms() noexcept {
    static constexpr std::array<Mechanism, 4> kMechanisms{{{"SCRAM-SHA-256", false, nullptr},
                                                           {"SCRAM-SHA-1", false, nullptr},
                                                           {"PLAIN", true, make<Plain>},
                                                           {"LOGIN", true, make<Login>}}};
    return kMechanisms;
}

const Mechanism* find_mechanism(std::string_view name) noexcept {
    const auto& all = mechanisms();
    const auto* found =
        std::find_if(all.begin(), all.end(), [&](const Mechanism& m) { return equal_nocase(m.name, name); });
    return found == all.end() ? nullptr : found;
}

Result<std::string, ResponseFault> decode_response(std::string_view line) {
    if (line == "*") return fail(ResponseFault::cancelled);
    auto octets = base64_decode(line);
    if (!octets) return fail(ResponseFault::not_base64);
    return std::move(*octets);
}

Result<std::string, ResponseFault> decode_initial_response(std::string_view word) {
    if (word == "=") return std::string();
    auto octets = base64_decode(word);
    if (!octets) return fail(ResponseFault::not_base64);
    return std::move(*octets);
}

}  // namespace md::sasl
