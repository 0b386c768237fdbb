// mdqueue/deliver_protocol.cc - see deliver_protocol.h

#include "mdqueue/deliver_protocol.h"

#include "base/bytes.h"
#include "base/crc32c.h"

namespace md::mdqueue {

namespace {

constexpr std::uint8_t kVersion = 4;

void put_link(std::string& out, const Link& link) {
    put_text(out, link.path);
    put_number(out, link.size_lf);
    put_number(out, link.size_crlf);
}

Link take_link(ByteReader& in) {
    Link link;
    link.path = in.text();
    link.size_lf = in.number<std::uint64_t>();
    link.size_crlf = in.number<std::uint64_t>();
    return link;
}

}  // namespace

std::string encode(const Delivery& delivery) {
    std::string out;
    put_number(out, kVersion);
    put_number(out, delivery.id.value());
    put_text(out, delivery.account.domain);
    put_text(out, delivery.account.local_part);
    put_text(out, delivery.folder);
    put_number(out, static_cast<std::uint64_t>(delivery.internal_date));
    put_number(out, delivery.quota.bytes);
    put_number(out, delivery.quota.messages);
    put_text(out, delivery.beginning);
    put_number(out, delivery.offset);
    put_number(out, delivery.size);
    put_number(out, static_cast<std::uint8_t>(delivery.how));
    put_link(out, delivery.first);
    return out;
}

std::optional<Delivery> decode_delivery(std::string_view payload) {
    ByteReader in(payload);
    if (in.number<std::uint8_t>() != kVersion) return std::nullopt;
    Delivery delivery;
    delivery.id = QueueId(in.number<std::uint64_t>());
    delivery.account.domain = in.text();
    delivery.account.local_part = in.text();
    delivery.folder = in.text();
    delivery.internal_date = static_cast<std::int64_t>(in.number<std::uint64_t>());
    delivery.quota.bytes = in.number<std::uint64_t>();
    delivery.quota.messages = in.number<std::uint64_t>();
    delivery.beginning = in.text();
    delivery.offset = in.number<std::uint64_t>();
    delivery.size = in.number<std::uint64_t>();
    const auto how = in.number<std::uint8_t>();
    delivery.first = take_link(in);
    if (!in.ok() || !in.at_end() || how > static_cast<std::uint8_t>(How::anew)) return std::nullopt;
    delivery.how = static_cast<How>(how);
    return delivery;
}

std::string encode(const DeliveryResult& result) {
    std::string out;
    put_number(out, kVersion);
    put_number(out, static_cast<std::uint8_t>(result.kind));
    put_text(out, result.status);
    put_text(out, result.text);
    put_link(out, result.placed);
    return out;
}

std::optional<DeliveryResult> decode_delivery_result(std::string_view payload) {
    ByteReader in(payload);
    if (in.number<std::uint8_t>() != kVersion) return std::nullopt;
    const auto kind = in.number<std::uint8_t>();
    if (kind > static_cast<std::uint8_t>(DeliveryResult::Kind::failed)) return std::nullopt;
    DeliveryResult result;
    result.kind = static_cast<DeliveryResult::Kind>(kind);
    result.status = in.text();
    result.text = in.text();
    result.placed = take_link(in);
    if (!in.ok() || !in.at_end()) return std::nullopt;
    return result;
}

unsigned child_for(const store::AccountName& account, unsigned children) noexcept {
    return crc32c(account.local_part, crc32c(account.domain)) % children;
}

}  // namespace md::mdqueue
