// proto/imap/body_structure.cc - see body_structure.h

#include "proto/imap/body_structure.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/strings.h"
#include "proto/imap/envelope.h"
#include "proto/imap/response.h"

namespace md::imap {

namespace {

using mail::Part;
using Kind = mail::Part::Kind;

/// With the blank before it. RFC 3501 §9: a number has 32 bits.
void append_count(std::string& out, std::uint64_t count) {
    out.append(" ").append(std::to_string(std::min<std::uint64_t>(count, UINT32_MAX)));
}

void append_parameters(std::string& out, const mail::Parameters& parameters) {
    if (parameters.empty()) {
        out += "NIL";
        return;
    }
    char before = '(';
    for (const auto& parameter : parameters) {
        out += before;
        append_message_text(out, parameter.name);
        out += ' ';
        append_message_text(out, parameter.value);
        before = ' ';
    }
    out += ')';
}

void append_disposition(std::string& out, const std::optional<mail::Disposition>& disposition) {
    if (!disposition) {
        out += "NIL";
        return;
    }
    out += '(';
    append_message_text(out, std::string_view(disposition->type));
    out += ' ';
    append_parameters(out, disposition->parameters);
    out += ')';
}

void append_languages(std::string& out, const std::vector<std::string>& tags) {
    if (tags.empty()) {
        out += "NIL";
    } else {
        char before = '(';
        for (const auto& tag : tags) {
            out += before;
            append_message_text(out, tag);
            before = ' ';
        }
        out += ')';
    }
}

/// What all have at the end of their extension data.
void append_common_extension(std::string& out, const Part& part) {
    out += ' ';
    append_disposition(out, part.disposition);
    out += ' ';
    append_languages(out, part.languages);
    out += ' ';
    append_message_nstring(out, part.location);
}

class Writer {
  public:
    Writer(std::string& out, const mail::Structure& structure, bool extended)
        : out_(out), parts_(structure.parts), extended_(extended) {}

    void write() {
        for (std::uint32_t at = 0; at < parts_.size();) {
            while (!open_.empty() && parts_[open_.back()].next <= at) close();
            at = begin(at);
        }
        while (!open_.empty()) close();
    }

  private:
    /// Returns which part is told next.
    std::uint32_t begin(std::uint32_t at) {
        const auto& part = parts_[at];
        out_ += '(';
        if (part.kind == Kind::multipart) {
            open_.push_back(at);
            return at + 1;
        }
        append_fields(part);
        // IMAP4rev1 has the long form for this one type of message only; message/global is told as a leaf.
        if (part.kind == Kind::message && equal_nocase(part.subtype, "rfc822")) {
            out_ += ' ';
            append_envelope(out_, *parts_[at + 1].envelope, budget_);
            out_ += ' ';
            open_.push_back(at);
            return at + 1;
        }
        if (equal_nocase(part.type, "text")) append_count(out_, part.body_lines);
        end_single(part);
        return part.next;
    }

    void close() {
        const auto& part = parts_[open_.back()];
        open_.pop_back();
        if (part.kind == Kind::message) {
            append_count(out_, part.body_lines);
            end_single(part);
            return;
        }
        out_ += ' ';
        append_message_text(out_, part.subtype);
        if (extended_) {
            out_ += ' ';
            append_parameters(out_, part.parameters);
            append_common_extension(out_, part);
        }
        out_ += ')';
    }

    void append_fields(const Part& part) {
        const bool odd =
            part.kind == Kind::leaf && (equal_nocase(part.type, "multipart") || part.is("message", "rfc822"));
        append_message_text(out_, odd ? "application" : part.type);
        out_ += ' ';
        append_message_text(out_, odd ? "octet-stream" : part.subtype);
        out_ += ' ';
        if (equal_nocase(part.type, "text") && mail::find_parameter(part.parameters, "charset") == nullptr) {
            // RFC 2046 §4.1.2: so that every client reads the same into it.
            auto parameters = part.parameters;
            parameters.push_back({"charset", "us-ascii"});
            append_parameters(out_, parameters);
        } else {
            append_parameters(out_, part.parameters);
        }
        out_ += ' ';
        append_message_nstring(out_, part.id);
        out_ += ' ';
        append_message_nstring(out_, part.description);
        out_ += ' ';
        append_message_text(out_, part.encoding.empty() ? "7bit" : part.encoding);
        append_count(out_, part.body_size);
    }

    void end_single(const Part& part) {
        if (extended_) {
            out_ += ' ';
            append_message_nstring(out_, part.md5);
            append_common_extension(out_, part);
        }
        out_ += ')';
    }

    std::string& out_;
    const std::vector<Part>& parts_;
    bool extended_;
    std::vector<std::uint32_t> open_;  ///< multiparts and messages whose end has not been written
    AddressBudget budget_;
};

}  // namespace

void append_body_structure(std::string& out, const mail::Structure& structure, bool extended) {
    Writer(out, structure, extended).write();
}

}  // namespace md::imap
