// spool/envelope_record.cc - the envelope within a record: fields as type, length, value; see
// doc/formats/intake-segment.md
//
// CONTRACT
//   A reader skips the types that it does not know, and what a later version put behind the values it knows.

#include "base/bytes.h"
#include "spool/intake_record.h"

namespace md::spool {

namespace {

constexpr std::uint16_t kVersion = 1;

namespace field {
enum : std::uint16_t {
    id = 1,
    arrived,
    reverse_path,
    parameter,
    recipient,
    client,
    body,
    flags,
    relay_from,
    edit,
    parent,
    route,
};
}
namespace recipient_field {
enum : std::uint16_t { address = 1, parameter, verdict };
}
namespace client_field {
enum : std::uint16_t { ip = 1, name, helo, account, origin, tls };
}
namespace flag {
constexpr std::uint32_t kSmtputf8 = 1;
constexpr std::uint32_t kUnfiltered = 2;
}  // namespace flag

void put_field(std::string& out, std::uint16_t type, std::string_view value) {
    put_number(out, type);
    put_text(out, value);
}

template <std::unsigned_integral N>
void put_number_field(std::string& out, std::uint16_t type, N value) {
    put_number(out, type);
    put_number(out, static_cast<std::uint32_t>(sizeof(N)));
    put_number(out, value);
}

std::string encode(const Parameter& parameter) {
    std::string out;
    put_text(out, parameter.name);
    put_text(out, parameter.value);
    return out;
}

std::string encode(const Verdict& verdict) {
    std::string out;
    put_number(out, Verdict::kVersion);
    put_number(out, static_cast<std::uint8_t>(verdict.action));
    put_number(out, static_cast<std::uint32_t>(verdict.score_hundredths));
    put_text(out, verdict.queue);
    put_text(out, verdict.reason);
    return out;
}

std::string encode(const Recipient& recipient) {
    std::string out;
    put_field(out, recipient_field::address, recipient.address);
    for (const auto& parameter : recipient.parameters) put_field(out, recipient_field::parameter, encode(parameter));
    if (recipient.verdict != Verdict()) put_field(out, recipient_field::verdict, encode(recipient.verdict));
    return out;
}

std::string encode(const Client& client) {
    std::string out;
    put_field(out, client_field::ip, client.ip);
    put_field(out, client_field::name, client.name);
    put_field(out, client_field::helo, client.helo);
    put_field(out, client_field::account, client.account);
    put_number_field(out, client_field::origin, static_cast<std::uint8_t>(client.origin));
    put_number_field(out, client_field::tls, static_cast<std::uint8_t>(client.tls));
    return out;
}

std::string encode(const HeaderEdit& edit) {
    std::string out;
    put_number(out, static_cast<std::uint8_t>(edit.kind));
    put_number(out, edit.index);
    put_text(out, edit.name);
    put_text(out, edit.value);
    return out;
}

/// An enumerator from a number that may be none of them; `last` is the highest.
template <class Enum>
bool to_enum(std::uint8_t number, Enum last, Enum& to) {
    if (number > static_cast<std::uint8_t>(last)) return false;
    to = static_cast<Enum>(number);
    return true;
}

bool decode(std::string_view octets, Parameter& to) {
    ByteReader in(octets);
    to.name = in.text();
    to.value = in.text();
    return in.ok();
}

bool decode(std::string_view octets, Verdict& to) {
    ByteReader in(octets);
    const auto version = in.number<std::uint8_t>();
    const auto action = in.number<std::uint8_t>();
    to.score_hundredths = static_cast<std::int32_t>(in.number<std::uint32_t>());
    to.queue = in.text();
    to.reason = in.text();
    return in.ok() && version >= 1 && to_enum(action, Verdict::Action::discard, to.action);
}

bool decode(std::string_view octets, HeaderEdit& to) {
    ByteReader in(octets);
    const auto kind = in.number<std::uint8_t>();
    to.index = in.number<std::uint32_t>();
    to.name = in.text();
    to.value = in.text();
    return in.ok() && to_enum(kind, HeaderEdit::Kind::remove, to.kind);
}

bool decode(std::string_view octets, Recipient& to) {
    ByteReader in(octets);
    while (!in.at_end()) {
        const auto type = in.number<std::uint16_t>();
        const auto value = in.text();
        if (!in.ok()) return false;
        bool good = true;
        switch (type) {
            case recipient_field::address: to.address = value; break;
            case recipient_field::parameter: good = decode(value, to.parameters.emplace_back()); break;
            case recipient_field::verdict: good = decode(value, to.verdict); break;
            default: break;
        }
        if (!good) return false;
    }
    return true;
}

bool decode(std::string_view octets, Client& to) {
    ByteReader in(octets);
    while (!in.at_end()) {
        const auto type = in.number<std::uint16_t>();
        const auto value = in.text();
        if (!in.ok()) return false;
        bool good = true;
        switch (type) {
            case client_field::ip: to.ip = value; break;
            case client_field::name: to.name = value; break;
            case client_field::helo: to.helo = value; break;
            case client_field::account: to.account = value; break;
            case client_field::origin:
                good = !value.empty() && to_enum(static_cast<std::uint8_t>(value[0]), Origin::made_here, to.origin);
                break;
            case client_field::tls: to.tls = !value.empty() && value[0] != 0; break;
            default: break;
        }
        if (!good) return false;
    }
    return true;
}

bool decode_field(std::uint16_t type, std::string_view value, Envelope& to) {
    ByteReader in(value);
    switch (type) {
        case field::id: to.id = QueueId(in.number<std::uint64_t>()); return in.ok();
        case field::arrived:
            to.arrived = WallTime(std::chrono::microseconds(static_cast<std::int64_t>(in.number<std::uint64_t>())));
            return in.ok();
        case field::reverse_path: to.reverse_path = value; return true;
        case field::parameter: return decode(value, to.parameters.emplace_back());
        case field::recipient: return decode(value, to.recipients.emplace_back());
        case field::client: return decode(value, to.client);
        case field::body: return to_enum(in.number<std::uint8_t>(), BodyType::binary_mime, to.body) && in.ok();
        case field::flags: {
            const auto flags = in.number<std::uint32_t>();
            to.smtputf8 = (flags & flag::kSmtputf8) != 0;
            to.unfiltered = (flags & flag::kUnfiltered) != 0;
            return in.ok();
        }
        case field::relay_from: to.relay_from = in.number<std::uint64_t>(); return in.ok();
        case field::edit: return decode(value, to.edits.emplace_back());
        case field::parent: to.parent = QueueId(in.number<std::uint64_t>()); return in.ok();
        case field::route: to.route = value; return true;
        default: return true;
    }
}

}  // namespace

std::string encode(const Envelope& envelope) {
    std::string out;
    put_number(out, kVersion);
    put_number_field(out, field::id, envelope.id.value());
    put_number_field(out, field::arrived, static_cast<std::uint64_t>(envelope.arrived.time_since_epoch().count()));
    put_field(out, field::reverse_path, envelope.reverse_path);
    for (const auto& parameter : envelope.parameters) put_field(out, field::parameter, encode(parameter));
    for (const auto& recipient : envelope.recipients) put_field(out, field::recipient, encode(recipient));
    put_field(out, field::client, encode(envelope.client));
    put_number_field(out, field::body, static_cast<std::uint8_t>(envelope.body));
    put_number_field(out, field::flags,
                     (envelope.smtputf8 ? flag::kSmtputf8 : 0) | (envelope.unfiltered ? flag::kUnfiltered : 0));
    put_number_field(out, field::relay_from, envelope.relay_from);
    for (const auto& edit : envelope.edits) put_field(out, field::edit, encode(edit));
    if (envelope.parent != QueueId()) put_number_field(out, field::parent, envelope.parent.value());
    if (!envelope.route.empty()) put_field(out, field::route, envelope.route);
    return out;
}

Result<Envelope, RecordFault> decode_envelope(std::string_view octets) {
    ByteReader in(octets);
    const auto version = in.number<std::uint16_t>();
    if (!in.ok() || version != kVersion) return fail(RecordFault{"an envelope of a version that is not known here"});
    Envelope envelope;
    while (!in.at_end()) {
        const auto type = in.number<std::uint16_t>();
        const auto value = in.text();
        if (!in.ok()) return fail(RecordFault{"a field of the envelope is longer than the envelope"});
        if (!decode_field(type, value, envelope)) return fail(RecordFault{"a field of the envelope cannot be read"});
    }
    if (envelope.id == QueueId()) return fail(RecordFault{"an envelope without a queue id"});
    return envelope;
}

}  // namespace md::spool
