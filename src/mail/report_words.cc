// mail/report_words.cc - see report_words.h

#include "mail/report_words.h"

#include <algorithm>
#include <vector>

#include "base/strings.h"
#include "base/utf8.h"

namespace md::mail {

namespace {

constexpr std::size_t kLongestTag = 35;
constexpr std::size_t kLongestSubject = 512;
constexpr std::size_t kLongestLine = 900;  ///< octets: a placeholder's text comes to it (RFC 5322 §2.1.1)

constexpr std::string_view kSaid = "{host} said: {reply}";
constexpr std::string_view kText =
    "This is the mail service at {hostname}.\n\n"
    "Your message ({id}) of {date}\n\n"
    "could not be delivered, and will not be tried again:\n{failed}\n\n"
    "is not delivered yet; we keep trying, and you need do nothing:\n{delayed}\n\n"
    "was delivered:\n{delivered}\n\n"
    "was passed on to a host that sends no report of its own:\n{relayed}\n\n"
    "was passed on to the members of a list or group:\n{expanded}\n\n"
    "Your message is attached.{message-attached}\n\n"
    "The header of your message is attached.{header-attached}\n";

constexpr std::array<std::string_view, 4> kWords{"hostname", "id", "date", "sender"};
constexpr std::array<std::string_view, 7> kBlocks{"failed",   "delayed",          "delivered",      "relayed",
                                                  "expanded", "message-attached", "header-attached"};
constexpr std::array<std::string_view, 2> kSaidWords{"host", "reply"};

/// The next piece of a text: up to a brace, or what stands in braces.
struct Piece {
    std::string_view text;
    bool placeholder = false;
};

/// none: the end. A brace that nothing closes stands for itself.
std::optional<Piece> take_piece(std::string_view& rest) {
    if (rest.empty()) return std::nullopt;
    if (rest.starts_with("{{")) {
        rest.remove_prefix(2);
        return Piece{"{", false};
    }
    const auto close = rest.find('}');
    if (rest.front() == '{' && close != std::string_view::npos) {
        const Piece piece{rest.substr(1, close - 1), true};
        rest.remove_prefix(close + 1);
        return piece;
    }
    const auto end = rest.front() == '{' ? 1 : std::min(rest.find('{'), rest.size());
    const Piece piece{rest.substr(0, end), false};
    rest.remove_prefix(end);
    return piece;
}

template <class Known>
std::optional<std::string> unknown_placeholder(std::string_view line, Known known) {
    while (const auto piece = take_piece(line))
        if (piece->placeholder && !known(piece->text))
            return "{" + printable(piece->text, 40) + "} stands for nothing here";
    return std::nullopt;
}

bool is_word(std::string_view name) {
    return std::ranges::find(kWords, name) != kWords.end();
}

bool is_word_or_block(std::string_view name) {
    return is_word(name) || std::ranges::find(kBlocks, name) != kBlocks.end();
}

bool is_said_word(std::string_view name) {
    return std::ranges::find(kSaidWords, name) != kSaidWords.end();
}

std::span<const std::string_view> needed(ReportKind kind) {
    switch (kind) {
        case ReportKind::failure: return std::span(kBlocks).subspan(0, 1);
        case ReportKind::delay: return std::span(kBlocks).subspan(1, 1);
        case ReportKind::success: break;
    }
    return std::span(kBlocks).subspan(2, 3);
}

/// Reads one file.
class Reader {
  public:
    Reader(ReportKind kind, std::string_view language) : kind_(kind) { out_.language = language; }

    Result<ReportWords, ReportWordsFault> read(std::string_view file) {
        if (!is_language_tag(out_.language)) return fault(0, "its name is no language, such as de or zh-Hant");
        if (!is_utf8(file)) return fault(0, "it is not UTF-8");
        if (file.starts_with("\xEF\xBB\xBF")) file.remove_prefix(3);
        for (auto line : split(file, '\n')) {
            ++number_;
            if (line.ends_with('\r')) line.remove_suffix(1);
            if (auto wrong = in_text_ ? take_text(line) : take_field(line)) return fault(number_, std::move(*wrong));
        }
        if (out_.subject.empty()) return fault(0, "it has no Subject");
        if (out_.said.empty()) out_.said = kSaid;
        for (const auto block : needed(kind_))
            if (!has_place_for(out_, block)) return fault(0, "it has no {" + std::string(block) + "}");
        return std::move(out_);
    }

  private:
    static Failure<ReportWordsFault> fault(std::size_t line, std::string text) {
        return fail(ReportWordsFault{line, std::move(text)});
    }

    std::optional<std::string> take_field(std::string_view line) {
        if (line.starts_with('#')) return std::nullopt;
        if (line.empty()) {
            in_text_ = !out_.subject.empty() || !out_.said.empty();
            return std::nullopt;
        }
        const auto colon = line.find(':');
        const auto name = line.substr(0, colon);
        const auto value = colon == std::string_view::npos ? std::string_view() : trim(line.substr(colon + 1));
        if (value.empty()) return "expected \"Subject: TEXT\", \"Said: TEXT\" or an empty line";
        if (std::ranges::any_of(value, is_control)) return "it has control characters";
        if (value.size() > kLongestSubject) return "it is too long";
        if (equal_nocase(name, "Subject")) {
            out_.subject = value;
            return unknown_placeholder(value, is_word);
        }
        if (!equal_nocase(name, "Said")) return "there is no field " + printable(name, 40);
        out_.said = value;
        return unknown_placeholder(value, is_said_word);
    }

    std::optional<std::string> take_text(std::string_view line) {
        if (line.size() > kLongestLine) return "it is too long";
        if (std::ranges::any_of(line, [](char c) { return is_control(c) && c != '\t'; }))
            return "it has control characters";
        out_.text.append(line).append("\n");
        return unknown_placeholder(line, is_word_or_block);
    }

    ReportKind kind_;
    ReportWords out_;
    std::size_t number_ = 0;
    bool in_text_ = false;
};

const Filling* find(std::span<const Filling> fillings, std::string_view name) {
    const auto found = std::ranges::find(fillings, name, &Filling::name);
    return found == fillings.end() ? nullptr : &*found;
}

bool is_left_out(std::string_view paragraph, std::span<const Filling> fillings) {
    while (const auto piece = take_piece(paragraph)) {
        const auto* filling = piece->placeholder ? find(fillings, piece->text) : nullptr;
        if (filling != nullptr && !filling->there) return true;
    }
    return false;
}

std::vector<std::string> paragraphs(std::string_view text) {
    std::vector<std::string> out;
    bool open = false;
    for (const auto line : split(text, '\n')) {
        const bool blank = trim(line).empty();
        if (!blank && !open) out.emplace_back();
        if (!blank) out.back().append(open ? "\n" : "").append(line);
        open = !blank;
    }
    return out;
}

ReportWords in_english(std::string_view subject) {
    return {"en", std::string(subject), std::string(kSaid), std::string(kText)};
}

}  // namespace

std::string_view name(ReportKind kind) noexcept {
    switch (kind) {
        case ReportKind::failure: return "failure";
        case ReportKind::delay: return "delay";
        case ReportKind::success: return "success";
    }
    return "";
}

bool is_language_tag(std::string_view text) noexcept {
    const auto stands = [](char c) { return is_alpha(c) || is_digit(c) || c == '-'; };
    return !text.empty() && text.size() <= kLongestTag && is_alpha(text.front()) && text.back() != '-' &&
           std::ranges::all_of(text, stands);
}

Result<ReportWords, ReportWordsFault> read_report_words(ReportKind kind, std::string_view language,
                                                        std::string_view file) {
    return Reader(kind, language).read(file);
}

const ReportWords& built_in_words(ReportKind kind) {
    static const std::array<ReportWords, kReportKinds.size()> kEnglish{
        in_english("Mail could not be delivered"), in_english("Mail is delayed"), in_english("Delivery report")};
    return kEnglish[static_cast<std::size_t>(kind)];
}

void ReportTexts::add(ReportKind kind, ReportWords words) {
    auto language = lower(words.language);
    languages_[std::move(language)][kind] = std::move(words);
}

bool ReportTexts::knows(std::string_view language) const {
    const auto asked = lower(language);
    return asked == "en" || languages_.contains(asked) || languages_.contains(asked.substr(0, asked.find('-')));
}

const ReportWords& ReportTexts::words(ReportKind kind, std::string_view language) const {
    const auto asked = lower(language);
    if (const auto* exact = find(kind, asked)) return *exact;
    if (const auto* wider = find(kind, asked.substr(0, asked.find('-')))) return *wider;
    return built_in_words(kind);
}

const ReportWords* ReportTexts::find(ReportKind kind, const std::string& language) const {
    const auto known = languages_.find(language);
    if (known == languages_.end()) return nullptr;
    const auto words = known->second.find(kind);
    return words == known->second.end() ? nullptr : &words->second;
}

bool has_place_for(const ReportWords& words, std::string_view placeholder) noexcept {
    std::string_view rest = words.text;
    while (const auto piece = take_piece(rest))
        if (piece->placeholder && piece->text == placeholder) return true;
    return false;
}

std::string fill_line(std::string_view text, std::span<const Filling> fillings) {
    std::string out;
    while (const auto piece = take_piece(text)) {
        const auto* filling = piece->placeholder ? find(fillings, piece->text) : nullptr;
        if (filling != nullptr)
            out.append(filling->text);
        else if (!piece->placeholder)
            out.append(piece->text);
    }
    return out;
}

std::string fill_text(std::string_view text, std::span<const Filling> fillings) {
    std::string out;
    for (const auto& paragraph : paragraphs(text)) {
        if (is_left_out(paragraph, fillings)) continue;
        if (!out.empty()) out.append("\n");
        out.append(fill_line(paragraph, fillings)).append("\n");
    }
    return out;
}

}  // namespace md::mail
