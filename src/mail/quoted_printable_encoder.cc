// mail/quoted_printable_encoder.cc - see quoted_printable_encoder.h

#include "mail/quoted_printable_encoder.h"

#include "base/strings.h"
#include "mail/transfer_decoder.h"

namespace md::mail {

namespace {

/// Of 76 one is left for the "=" of a soft line break.
constexpr std::size_t kColumns = 75;
constexpr std::size_t kEscape = 3;
constexpr std::string_view kFrom = "From";

bool is_literal(char c) noexcept {
    return c > ' ' && c < '\x7f';
}

}  // namespace

void QuotedPrintableEncoder::feed(std::string_view octets, std::string& out) {
    for (const char c : octets) take(c, out);
}

void QuotedPrintableEncoder::take(char c, std::string& out) {
    if (c == '\n') {
        cr_ = false;
        end_line(out);
        return;
    }
    if (cr_) {
        cr_ = false;
        release(out);
        escape('\r', out);
    }
    if (c == '\r') {
        cr_ = true;
    } else if (is_space(c)) {
        hold(c, out);
    } else {
        release(out);
        write(c, out);
    }
}

void QuotedPrintableEncoder::finish(std::string& out) {
    if (cr_) {
        cr_ = false;
        release(out);
        escape('\r', out);
    }
    if (source_ == Source::text && !blanks_.empty()) escape(blanks_.front(), out);
    *this = QuotedPrintableEncoder(source_);
}

/// Blanks at the end of a line do not count in quoted text (RFC 2045 §6.7 rule 3), and are escaped in other.
void QuotedPrintableEncoder::hold(char blank, std::string& out) {
    if (blanks_.size() >= (source_ == Source::text ? 1 : TransferDecoder::kHeldLimit)) release(out);
    blanks_.push_back(blank);
}

void QuotedPrintableEncoder::release(std::string& out) {
    for (const char c : blanks_) {
        make_room(1, out);
        if (column_ == kFrom.size() && from_ == column_) {
            escape(c, out);
        } else {
            out.push_back(c);
            ++column_;
        }
    }
    blanks_.clear();
}

void QuotedPrintableEncoder::end_line(std::string& out) {
    if (source_ == Source::text && !blanks_.empty()) escape(blanks_.front(), out);
    out.push_back('\n');
    blanks_.clear();
    column_ = 0;
    from_ = 0;
    dash_ = false;
}

void QuotedPrintableEncoder::write(char c, std::string& out) {
    if (!is_literal(c) || (c == '=' && source_ == Source::text)) {
        escape(c, out);
        return;
    }
    // An escape of quoted text stays in one line.
    make_room(c == '=' ? kEscape : 1, out);
    if ((column_ == 0 && c == '.') || (column_ == 1 && dash_ && c == '-')) {
        escape(c, out);
        return;
    }
    if (column_ == 0) dash_ = c == '-';
    if (from_ == column_ && column_ < kFrom.size() && c == kFrom[column_]) ++from_;
    out.push_back(c);
    ++column_;
}

void QuotedPrintableEncoder::escape(char c, std::string& out) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    make_room(kEscape, out);
    const auto octet = static_cast<unsigned char>(c);
    out.push_back('=');
    out.push_back(digits[octet >> 4U]);
    out.push_back(digits[octet & 0x0fU]);
    column_ += kEscape;
}

void QuotedPrintableEncoder::make_room(std::size_t octets, std::string& out) {
    if (column_ + octets <= kColumns) return;
    out.append("=\n");
    column_ = 0;
    from_ = 0;
    dash_ = false;
}

}  // namespace md::mail
