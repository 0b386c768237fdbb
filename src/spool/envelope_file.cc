// spool/envelope_file.cc - an envelope as a text that people can read; see doc/formats/envelope.md
//
// CONTRACT
//   The part above "end:" is written once and checked as a whole; below it stands one line for each thing that
//   happened, each with its own check. A file that ends in the middle of a line was cut off while that line was being
//   written: the line never happened.

#include <fmt/format.h>

#include <charconv>

#include "base/crc32c.h"
#include "base/strings.h"
#include "spool/envelope.h"
#include "spool/envelope_text.h"

namespace md::spool {

namespace {

constexpr std::string_view kFirstLine = "mdmail-envelope 1";
constexpr std::string_view kEnd = "end: ";

void put_line(std::string& out, std::string_view key, std::string_view value) {
    out += key;
    out += ": ";
    out += escape(value);
    out += '\n';
}

void put_parameter(std::string& out, std::string_view key, const Parameter& parameter) {
    fmt::format_to(std::back_inserter(out), "{}: {} {}\n", key, escape(parameter.name, true),
                   escape(parameter.value, true));
}

void put_recipient(std::string& out, const Recipient& recipient) {
    put_line(out, "recipient", recipient.address);
    for (const auto& parameter : recipient.parameters) put_parameter(out, " parameter", parameter);
    const auto& verdict = recipient.verdict;
    if (verdict == Verdict()) return;
    fmt::format_to(std::back_inserter(out), " verdict: {} {} {} {} {}\n", Verdict::kVersion, name(verdict.action),
                   verdict.score_hundredths, escape(verdict.queue, true), escape(verdict.reason, true));
}

void put_edit(std::string& out, const HeaderEdit& edit) {
    fmt::format_to(std::back_inserter(out), "edit: {} {} {} {}\n", static_cast<unsigned>(edit.kind), edit.index,
                   escape(edit.name, true), escape(edit.value, true));
}

/// The enumerator, from 0 to `last`, that has this name.
template <class Enum>
std::optional<Enum> find_name(std::string_view wanted, Enum last) {
    for (unsigned i = 0; i <= static_cast<unsigned>(last); ++i)
        if (name(static_cast<Enum>(i)) == wanted) return static_cast<Enum>(i);
    return std::nullopt;
}

std::string check(std::string_view text) {
    return fmt::format("{:08x}", crc32c(text));
}

template <class T>
bool assign(T& to, const std::optional<T>& value) {
    if (value) to = *value;
    return value.has_value();
}

bool read_parameter(std::string_view value, std::vector<Parameter>& to) {
    Parameter parameter;
    const bool named = assign(parameter.name, unescape(next_word(value)));
    const bool good = named && assign(parameter.value, unescape(next_word(value))) && value.empty();
    to.push_back(std::move(parameter));
    return good;
}

bool read_verdict(std::string_view value, Verdict& to) {
    const auto version = parse_number<unsigned>(next_word(value));
    if (!version || *version == 0) return false;
    if (!assign(to.action, find_name(next_word(value), Verdict::Action::discard))) return false;
    const auto score = next_word(value);
    const auto [end, error] = std::from_chars(score.data(), score.data() + score.size(), to.score_hundredths);
    if (error != std::errc() || end != score.data() + score.size()) return false;
    return assign(to.queue, unescape(next_word(value))) && assign(to.reason, unescape(next_word(value)));
}

bool read_edit(std::string_view value, HeaderEdit& to) {
    const auto kind = parse_number<unsigned>(next_word(value));
    if (!kind || *kind > static_cast<unsigned>(HeaderEdit::Kind::remove)) return false;
    to.kind = static_cast<HeaderEdit::Kind>(*kind);
    return assign(to.index, parse_number<std::uint32_t>(next_word(value))) &&
           assign(to.name, unescape(next_word(value))) && assign(to.value, unescape(next_word(value)));
}

bool read_flags(std::string_view value, Envelope& to) {
    while (!value.empty()) {
        const auto flag = next_word(value);
        if (flag == "smtputf8") to.smtputf8 = true;
        if (flag == "unfiltered") to.unfiltered = true;
        if (flag == "tls") to.client.tls = true;
    }
    return true;
}

/// One line of the fixed part. A key that is not known was written by a later release, and is passed over.
bool read_line(std::string_view key, std::string_view value, StoredEnvelope& to) {
    auto& envelope = to.envelope;
    auto& client = envelope.client;
    if (key == "id") return assign(envelope.id, QueueId::parse(value));
    if (key == "parent") return assign(envelope.parent, QueueId::parse(value));
    if (key == "arrived") return assign(envelope.arrived, parse_time(value));
    if (key == "size") return assign(to.message_size, parse_number<std::uint64_t>(value));
    if (key == "relay-from") return assign(envelope.relay_from, parse_number<std::uint64_t>(value));
    if (key == "reverse-path") return assign(envelope.reverse_path, unescape(value));
    if (key == "parameter") return read_parameter(value, envelope.parameters);
    if (key == "body") return assign(envelope.body, find_name(value, BodyType::binary_mime));
    if (key == "flags") return read_flags(value, envelope);
    if (key == "origin") return assign(client.origin, find_name(value, Origin::made_here));
    if (key == "client-ip") return assign(client.ip, unescape(value));
    if (key == "client-name") return assign(client.name, unescape(value));
    if (key == "helo") return assign(client.helo, unescape(value));
    if (key == "account") return assign(client.account, unescape(value));
    if (key == "edit") return read_edit(value, envelope.edits.emplace_back());
    if (key == "recipient") return assign(envelope.recipients.emplace_back().address, unescape(value));
    if (key.starts_with(' ') && envelope.recipients.empty()) return false;
    if (key == " parameter") return read_parameter(value, envelope.recipients.back().parameters);
    if (key == " verdict") return read_verdict(value, envelope.recipients.back().verdict);
    return true;
}

std::optional<Progress> read_progress(std::string_view line) {
    const auto hash = line.rfind(" #");
    if (hash == std::string_view::npos || line.substr(hash + 2) != check(line.substr(0, hash))) return std::nullopt;
    auto rest = line.substr(0, hash);
    Progress out;
    if (!assign(out.time, parse_time(next_word(rest)))) return std::nullopt;
    const auto recipient = next_word(rest);
    if (recipient != "*" && !assign(out.recipient, parse_number<std::uint32_t>(recipient))) return std::nullopt;
    if (!assign(out.kind, find_name(next_word(rest), Progress::Kind::paced))) return std::nullopt;
    for (auto word = next_word(rest); word != "-"; word = next_word(rest)) {
        const auto value = word.substr(word.find('=') + 1);
        bool good = !word.empty();
        if (word.starts_with("status=")) good = assign(out.status, unescape(value));
        if (word.starts_with("child=")) good = assign(out.child, QueueId::parse(value));
        if (word.starts_with("next=")) good = (out.next = parse_time(value)).has_value();
        if (word.starts_with("expire=")) good = (out.expire = parse_time(value)).has_value();
        if (word.starts_with("host=")) good = assign(out.host, unescape(value));
        if (word.starts_with("transcript=")) good = assign(out.transcript, unescape(value));
        if (!good) return std::nullopt;
    }
    if (!assign(out.text, unescape(rest))) return std::nullopt;
    return out;
}

}  // namespace

std::string write_envelope(const Envelope& envelope, std::uint64_t message_size) {
    std::string out(kFirstLine);
    out += '\n';
    put_line(out, "id", envelope.id.text());
    if (envelope.parent != QueueId()) put_line(out, "parent", envelope.parent.text());
    put_line(out, "arrived", rfc3339(envelope.arrived));
    put_line(out, "size", std::to_string(message_size));
    put_line(out, "relay-from", std::to_string(envelope.relay_from));
    put_line(out, "reverse-path", envelope.reverse_path);
    for (const auto& parameter : envelope.parameters) put_parameter(out, "parameter", parameter);
    put_line(out, "body", name(envelope.body));
    std::string flags;
    if (envelope.smtputf8) flags += " smtputf8";
    if (envelope.unfiltered) flags += " unfiltered";
    if (envelope.client.tls) flags += " tls";
    if (!flags.empty()) put_line(out, "flags", flags.substr(1));
    const auto& client = envelope.client;
    put_line(out, "origin", name(client.origin));
    if (!client.ip.empty()) put_line(out, "client-ip", client.ip);
    if (!client.name.empty()) put_line(out, "client-name", client.name);
    if (!client.helo.empty()) put_line(out, "helo", client.helo);
    if (!client.account.empty()) put_line(out, "account", client.account);
    for (const auto& edit : envelope.edits) put_edit(out, edit);
    for (const auto& recipient : envelope.recipients)
        if (recipient.of == Recipient::kOwn) put_recipient(out, recipient);
    const auto sum = check(out);
    out += kEnd;
    out += sum;
    out += '\n';
    return out;
}

std::string write_progress(const Progress& progress) {
    std::string out = rfc3339(progress.time) + " ";
    out += progress.recipient == Progress::kWhole ? "*" : std::to_string(progress.recipient);
    out += ' ';
    out += name(progress.kind);
    if (!progress.status.empty()) out += " status=" + escape(progress.status, true);
    if (progress.next) out += " next=" + rfc3339(*progress.next);
    if (progress.expire) out += " expire=" + rfc3339(*progress.expire);
    if (progress.child != QueueId()) out += " child=" + progress.child.text();
    if (!progress.host.empty()) out += " host=" + escape(progress.host, true);
    if (!progress.transcript.empty()) out += " transcript=" + escape(progress.transcript, true);
    out += " - " + escape(progress.text);
    out += " #" + check(out) + "\n";
    return out;
}

Result<StoredEnvelope, EnvelopeFault> read_envelope(std::string_view file) {
    StoredEnvelope out;
    std::size_t at = 0;
    std::size_t number = 0;
    bool fixed = true;
    const auto wrong = [&number](std::string_view text) { return fail(EnvelopeFault{number, text}); };
    for (auto end = file.find('\n'); end != std::string_view::npos; end = file.find('\n', at)) {
        const auto line = file.substr(at, end - at);
        const auto begin = at;
        at = end + 1;
        ++number;
        if (!fixed) {
            auto progress = read_progress(line);
            if (progress)
                out.add(std::move(*progress));
            else
                ++out.damaged_lines;
        } else if (number == 1) {
            if (line != kFirstLine) return wrong("not an envelope of version 1");
        } else if (line.starts_with(kEnd)) {
            if (line.substr(kEnd.size()) != check(file.substr(0, begin)))
                return wrong("the check does not fit what stands above it");
            fixed = false;
        } else {
            const auto colon = line.find(": ");
            if (colon == std::string_view::npos) return wrong("a line without \": \"");
            if (!read_line(line.substr(0, colon), line.substr(colon + 2), out))
                return wrong("a value that cannot be read");
        }
        out.complete_size = at;
    }
    if (fixed) return wrong("it ends before \"end:\"");
    if (out.envelope.id == QueueId()) return wrong("no id");
    return out;
}

}  // namespace md::spool
