// mdqueue/relay_protocol.cc - see relay_protocol.h

#include "mdqueue/relay_protocol.h"

#include "base/bytes.h"
#include "base/crc32c.h"
#include "spool/intake_record.h"

namespace md::mdqueue {

namespace {

constexpr std::uint8_t kVersion = 2;

void put_end(std::string& out, const RelayEnd& end) {
    put_number(out, static_cast<std::uint8_t>(end.kind));
    put_text(out, end.status);
    put_text(out, end.text);
    put_text(out, end.host);
    put_text(out, end.transcript);
    put_number(out, static_cast<std::uint8_t>(end.tells));
}

bool take_end(ByteReader& in, RelayEnd& end) {
    const auto kind = in.number<std::uint8_t>();
    end.status = in.text();
    end.text = in.text();
    end.host = in.text();
    end.transcript = in.text();
    end.tells = in.number<std::uint8_t>() != 0;
    end.kind = static_cast<RelayEnd::Kind>(kind);
    return in.ok() && kind <= static_cast<std::uint8_t>(RelayEnd::Kind::again);
}

}  // namespace

std::string encode(const RelayJob& job) {
    std::string out;
    put_number(out, kVersion);
    put_text(out, job.domain);
    put_number(out, job.size);
    put_text(out, spool::encode(job.envelope));
    return out;
}

std::optional<RelayJob> decode_relay_job(std::string_view payload) {
    ByteReader in(payload);
    if (in.number<std::uint8_t>() != kVersion) return std::nullopt;
    RelayJob job;
    job.domain = in.text();
    job.size = in.number<std::uint64_t>();
    auto envelope = spool::decode_envelope(in.text());
    if (!in.ok() || !in.at_end() || !envelope || envelope->recipients.empty()) return std::nullopt;
    if (envelope->relay_from > job.size) return std::nullopt;  // nothing would be sent, and called sent
    job.envelope = std::move(*envelope);
    return job;
}

std::string encode(const RelayResult& result) {
    std::string out;
    put_number(out, kVersion);
    put_number(out, static_cast<std::uint8_t>(result.learnt));
    put_text(out, result.reason);
    put_number(out, static_cast<std::uint32_t>(result.ends.size()));
    for (const auto& end : result.ends) put_end(out, end);
    return out;
}

std::optional<RelayResult> decode_relay_result(std::string_view payload) {
    ByteReader in(payload);
    if (in.number<std::uint8_t>() != kVersion) return std::nullopt;
    RelayResult result;
    const auto learnt = in.number<std::uint8_t>();
    if (learnt > static_cast<std::uint8_t>(RelayResult::Learnt::nothing)) return std::nullopt;
    result.learnt = static_cast<RelayResult::Learnt>(learnt);
    result.reason = in.text();
    for (auto count = in.number<std::uint32_t>(); count > 0 && in.ok(); --count)
        if (!take_end(in, result.ends.emplace_back())) return std::nullopt;
    if (!in.ok() || !in.at_end()) return std::nullopt;
    return result;
}

unsigned relay_child_for(std::string_view destination, unsigned children) noexcept {
    return crc32c(destination) % children;
}

}  // namespace md::mdqueue
