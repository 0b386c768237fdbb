// tests/fuzz/mail_text.cc - any octets as encoded text: transfer encodings, charsets, encoded words, casemap
//
// The first octet picks encoding and charset. Pieces of any size must mean what the whole does, all is UTF-8, and a
// prepared text is UTF-8 again.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/utf8.h"
#include "mail/casemap.h"
#include "mail/charset.h"
#include "mail/encoded_word.h"
#include "mail/transfer_decoder.h"

namespace {

using namespace md::mail;

void check_transfer(std::string_view octets, Encoding encoding, std::size_t piece) {
    TransferDecoder decoder(encoding);
    std::string out;
    for (std::size_t at = 0; at < octets.size(); at += piece) decoder.feed(octets.substr(at, piece), out);
    (void)decoder.finish(out);
    MD_ASSERT(out == transfer_decode(octets, encoding));
    MD_ASSERT(out.size() <= octets.size());
}

void check_charset(std::string_view octets, std::string_view charset, std::size_t piece) {
    CharsetDecoder decoder(charset);
    std::string out;
    for (std::size_t at = 0; at < octets.size(); at += piece) decoder.feed(octets.substr(at, piece), out);
    decoder.finish(out);
    MD_ASSERT(md::is_utf8(out));
    MD_ASSERT(md::is_utf8(casemap(out)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto& charsets = charset_names();
    const std::size_t piece = 1 + data[0] % 7;
    check_transfer(text, static_cast<Encoding>(data[0] % 4), piece);
    check_charset(text, charsets[data[0] % charsets.size()], piece);
    MD_ASSERT(md::is_utf8(decode_words(text)));
    (void)casemap(text);
    return 0;
}
