// delivery/room.cc - see room.h

#include "delivery/room.h"

#include "base/bytes.h"

namespace md::delivery {

namespace {

constexpr std::uint8_t kVersion = 1;

}  // namespace

std::string encode(const RoomQuestion& question) {
    std::string out;
    put_number(out, kVersion);
    put_text(out, question.account.domain);
    put_text(out, question.account.local_part);
    put_number(out, question.quota_bytes);
    put_number(out, question.quota_messages);
    put_number(out, question.size_bytes);
    return out;
}

std::optional<RoomQuestion> decode_room_question(std::string_view payload) {
    ByteReader in(payload);
    if (in.number<std::uint8_t>() != kVersion) return std::nullopt;
    RoomQuestion question;
    question.account.domain = in.text();
    question.account.local_part = in.text();
    question.quota_bytes = in.number<std::uint64_t>();
    question.quota_messages = in.number<std::uint64_t>();
    question.size_bytes = in.number<std::uint64_t>();
    if (!in.ok() || !in.at_end()) return std::nullopt;
    // It comes from who faces the network, and becomes a path.
    const auto& account = question.account;
    if (accounts::make_name({account.local_part, account.domain}) != account) return std::nullopt;
    return question;
}

std::string encode(Room room) {
    std::string out;
    put_number(out, kVersion);
    put_number(out, static_cast<std::uint8_t>(room));
    return out;
}

std::optional<Room> decode_room(std::string_view payload) {
    ByteReader in(payload);
    const auto version = in.number<std::uint8_t>();
    const auto room = in.number<std::uint8_t>();
    if (!in.ok() || !in.at_end() || version != kVersion || room > static_cast<std::uint8_t>(Room::full))
        return std::nullopt;
    return static_cast<Room>(room);
}

async::Task<std::optional<Room>> RoomClient::ask(RoomQuestion question) {
    auto payload = encode(question);
    const auto reply = co_await client_.call(room::kAsk, std::move(payload), room::kPatience);
    if (!reply) co_return std::nullopt;
    co_return decode_room(reply->payload);
}

}  // namespace md::delivery
