// proto/milter/packet.cc - see packet.h

#include "proto/milter/packet.h"

#include "base/bytes.h"

namespace md::milter {

namespace {

constexpr std::uint8_t kVerdictVersion = 1;
constexpr std::size_t kLengthSize = 4;

void put_big(std::string& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xff));
}

std::uint32_t big(std::string_view octets) noexcept {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(octets[i]);
    return value;
}

/// Room for the length, filled in by finish().
std::size_t begin(std::string& out, char command) {
    const auto at = out.size();
    out.append(kLengthSize, '\0').push_back(command);
    return at;
}

void finish(std::string& out, std::size_t at) {
    std::string length;
    put_big(length, static_cast<std::uint32_t>(out.size() - at - kLengthSize));
    out.replace(at, kLengthSize, length);
}

void append_texts(std::string& out, const std::vector<std::string_view>& texts) {
    for (const auto text : texts) out.append(text.substr(0, text.find('\0'))).push_back('\0');
}

}  // namespace

TakenPacket take_packet(std::string_view input) noexcept {
    TakenPacket taken;
    if (input.size() < kLengthSize) return taken;
    const auto length = big(input);
    if (length == 0 || length > kPacketLimit) {
        taken.broken = true;
        return taken;
    }
    if (input.size() - kLengthSize < length) return taken;
    taken.packet = Packet{input[kLengthSize], input.substr(kLengthSize + 1, length - 1)};
    taken.size = kLengthSize + length;
    return taken;
}

void put_packet(std::string& out, char command, std::string_view data) {
    put_big(out, static_cast<std::uint32_t>(data.size() + 1));
    out.push_back(command);
    out.append(data);
}

void put_texts(std::string& out, char command, const std::vector<std::string_view>& texts) {
    const auto at = begin(out, command);
    append_texts(out, texts);
    finish(out, at);
}

void put_numbered(std::string& out, char command, std::uint32_t number, const std::vector<std::string_view>& texts) {
    const auto at = begin(out, command);
    put_big(out, number);
    append_texts(out, texts);
    finish(out, at);
}

std::optional<std::vector<std::string_view>> read_texts(std::string_view data) {
    std::vector<std::string_view> texts;
    while (!data.empty()) {
        const auto end = data.find('\0');
        if (end == std::string_view::npos) return std::nullopt;
        texts.push_back(data.substr(0, end));
        data.remove_prefix(end + 1);
    }
    return texts;
}

std::optional<Numbered> read_numbered(std::string_view data) {
    if (data.size() < 4) return std::nullopt;
    auto texts = read_texts(data.substr(4));
    if (!texts) return std::nullopt;
    return Numbered{big(data), std::move(*texts)};
}

void put_negotiation(std::string& out, const Negotiation& negotiation) {
    const auto at = begin(out, command::kNegotiate);
    put_big(out, negotiation.version);
    put_big(out, negotiation.actions);
    put_big(out, negotiation.steps);
    finish(out, at);
}

std::optional<Negotiation> read_negotiation(std::string_view data) noexcept {
    if (data.size() < 12) return std::nullopt;  // what a later version adds behind them is passed over
    Negotiation negotiation;
    negotiation.version = big(data);
    negotiation.actions = big(data.substr(4));
    negotiation.steps = big(data.substr(8));
    return negotiation;
}

void put_connect(std::string& out, const ConnectInfo& info) {
    const auto at = begin(out, command::kConnect);
    append_texts(out, {info.host});
    out.push_back(info.family);
    if (info.family != 'U') {
        out.push_back(static_cast<char>(info.port >> 8));
        out.push_back(static_cast<char>(info.port & 0xff));
        append_texts(out, {info.address});
    }
    finish(out, at);
}

std::optional<ConnectInfo> read_connect(std::string_view data) {
    const auto end = data.find('\0');
    if (end == std::string_view::npos || end + 1 >= data.size()) return std::nullopt;
    ConnectInfo info;
    info.host = data.substr(0, end);
    info.family = data[end + 1];
    data.remove_prefix(end + 2);
    if (info.family == 'U') return info;
    if (data.size() < 3 || data.back() != '\0') return std::nullopt;
    info.port =
        static_cast<std::uint16_t>(static_cast<unsigned char>(data[0]) << 8 | static_cast<unsigned char>(data[1]));
    info.address = data.substr(2, data.size() - 3);
    // Sendmail writes "IPv6:" before an IPv6 address.
    if (info.family == '6' && info.address.starts_with("IPv6:")) info.address.erase(0, 5);
    return info;
}

void put_macros(std::string& out, char for_command, const std::vector<Macro>& macros) {
    const auto at = begin(out, command::kMacro);
    out.push_back(for_command);
    for (const auto& macro : macros) append_texts(out, {macro.name, macro.value});
    finish(out, at);
}

std::optional<Macros> read_macros(std::string_view data) {
    if (data.empty()) return std::nullopt;
    const auto texts = read_texts(data.substr(1));
    if (!texts || texts->size() % 2 != 0) return std::nullopt;
    Macros macros{data.front(), {}};
    for (std::size_t i = 0; i < texts->size(); i += 2)
        macros.macros.push_back({std::string((*texts)[i]), std::string((*texts)[i + 1])});
    return macros;
}

void put_verdicts(std::string& out, const std::vector<RecipientVerdict>& verdicts) {
    const auto at = begin(out, reply::kVerdicts);
    put_number(out, kVerdictVersion);
    put_number(out, static_cast<std::uint32_t>(verdicts.size()));
    for (const auto& verdict : verdicts) {
        put_number(out, verdict.recipient);
        put_number(out, static_cast<std::uint8_t>(verdict.action));
        put_number(out, static_cast<std::uint32_t>(verdict.score_hundredths));
        put_text(out, verdict.queue);
        put_text(out, verdict.reason);
    }
    finish(out, at);
}

std::optional<std::vector<RecipientVerdict>> read_verdicts(std::string_view data) {
    constexpr std::size_t kSmallest = 4 + 1 + 4 + 4 + 4;
    ByteReader in(data);
    if (in.number<std::uint8_t>() != kVerdictVersion) return std::nullopt;
    const auto count = in.number<std::uint32_t>();
    if (!in.ok() || count > in.rest().size() / kSmallest) return std::nullopt;
    std::vector<RecipientVerdict> verdicts(count);
    for (auto& verdict : verdicts) {
        verdict.recipient = in.number<std::uint32_t>();
        const auto action = in.number<std::uint8_t>();
        if (action > static_cast<std::uint8_t>(RecipientVerdict::Action::discard)) return std::nullopt;
        verdict.action = static_cast<RecipientVerdict::Action>(action);
        verdict.score_hundredths = static_cast<std::int32_t>(in.number<std::uint32_t>());
        verdict.queue = in.text();
        verdict.reason = in.text();
    }
    if (!in.ok() || !in.at_end()) return std::nullopt;
    return verdicts;
}

}  // namespace md::milter
