// net/deflate.cc - see deflate.h

#include "net/deflate.h"

#include <zlib.h>

#include <algorithm>
#include <new>

namespace md::net {

namespace {

constexpr int kRaw = -MAX_WBITS;  // RFC 4978 §4: no zlib header
constexpr int kMemory = 8;
constexpr std::size_t kRoom = 4096;

Bytef* octets_of(const char* text) {
    return reinterpret_cast<Bytef*>(const_cast<char*>(text));  // zlib reads it alone
}

}  // namespace

Deflater::Deflater() = default;

Deflater::~Deflater() {
    release();
}

void Deflater::release() noexcept {
    if (state_) ::deflateEnd(state_.get());
    state_.reset();
}

void Deflater::pack(std::string_view octets, std::string& out) {
    if (!state_) {
        auto fresh = std::make_unique<z_stream>();
        if (::deflateInit2(fresh.get(), Z_DEFAULT_COMPRESSION, Z_DEFLATED, kRaw, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
            throw std::bad_alloc();
        state_ = std::move(fresh);
    }
    state_->next_in = octets_of(octets.data());
    state_->avail_in = static_cast<uInt>(octets.size());
    do {
        const auto before = out.size();
        const auto room = std::max(kRoom, octets.size() / 2);
        out.resize(before + room);
        state_->next_out = octets_of(out.data() + before);
        state_->avail_out = static_cast<uInt>(room);
        ::deflate(state_.get(), Z_SYNC_FLUSH);
        out.resize(before + room - state_->avail_out);
    } while (state_->avail_out == 0);
}

Inflater::Inflater() : state_(std::make_unique<z_stream>()) {
    if (::inflateInit2(state_.get(), kRaw) != Z_OK) throw std::bad_alloc();
}

Inflater::~Inflater() {
    ::inflateEnd(state_.get());
}

bool Inflater::unpack(std::string_view& packed, std::string& out, std::size_t limit) {
    const auto before = out.size();
    out.resize(before + limit);
    state_->next_in = octets_of(packed.data());
    state_->avail_in = static_cast<uInt>(packed.size());
    state_->next_out = octets_of(out.data() + before);
    state_->avail_out = static_cast<uInt>(limit);
    const int result = ::inflate(state_.get(), Z_SYNC_FLUSH);
    packed.remove_prefix(packed.size() - state_->avail_in);
    out.resize(before + limit - state_->avail_out);
    holds_more_ = state_->avail_out == 0;
    return result == Z_OK || result == Z_BUF_ERROR;  // the latter: nothing to do until there is more
}

}  // namespace md::net
