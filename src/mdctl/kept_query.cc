// mdctl/kept_query.cc - see kept_query.h

#include "mdctl/kept_query.h"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/strings.h"
#include "mail/casemap.h"
#include "mail/encoded_word.h"
#include "mail/header.h"
#include "mail/text_finder.h"
#include "proto/imap/search_program.h"
#include "store/message_text.h"
#include "store/search_keys.h"
#include "store/uid_view.h"

namespace md::mdctl {

using imap::SearchKey;
using imap::Truth;
using imap::truth;
using Kind = SearchKey::Kind;
using Answers = std::vector<Truth>;  // of each key

struct KeptQuery::Question {
    imap::Assembled words;
    imap::Command command;               ///< refers to the words
    std::vector<std::string> strings;    ///< of each key, prepared
    std::vector<store::UidRanges> uids;  ///< likewise
    std::int64_t now = 0;

    [[nodiscard]] const std::vector<SearchKey>& program() const {
        return std::get<imap::Search>(command.arguments).program;
    }
    [[nodiscard]] std::vector<std::size_t> keys_of(Kind kind) const;
    [[nodiscard]] Truth known(std::size_t at, const store::Message& message) const;
    [[nodiscard]] Answers read(store::MessageText& text) const;
    void read_header(std::string_view header, Answers& answers) const;
    void read_body(store::MessageText& text, Answers& answers) const;
};

namespace {

bool is_meaningless(const SearchKey& key) noexcept {
    return key.kind == Kind::sequence || (key.kind == Kind::uid && key.numbers.is_saved());
}

bool is_ascii(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string quoted_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

/// Behind the quoted string that the search begins with; all of it if that has no end.
std::size_t end_of_string(std::string_view search) noexcept {
    for (std::size_t at = 1; at < search.size(); ++at) {
        if (search[at] == '"') return at + 1;
        if (search[at] == '\\') ++at;
    }
    return search.size();
}

/// A quoted string, a blank or parenthesis, or what stands between them.
std::string_view first_piece(std::string_view search) noexcept {
    constexpr std::string_view kBounds = " ()\"";
    if (search.front() == '"') return search.substr(0, end_of_string(search));
    if (kBounds.find(search.front()) != std::string_view::npos) return search.substr(0, 1);
    return search.substr(0, search.find_first_of(kBounds));
}

/// With the quotes that IMAP wants around words that are not ASCII.
std::string with_quotes(std::string_view search) {
    std::string out;
    while (!search.empty()) {
        const auto piece = first_piece(search);
        out += piece.front() == '"' || is_ascii(piece) ? std::string(piece) : quoted_string(piece);
        search.remove_prefix(piece.size());
    }
    return out;
}

/// Of several words each is one of the search, or a string, unless it says itself what it is.
std::string joined(const std::vector<std::string>& words) {
    if (words.size() == 1) return with_quotes(words.front());
    std::string out;
    for (const auto& word : words) {
        const bool plain = !word.empty() && is_ascii(word) && word.find_first_of(" \"\\(") == std::string::npos;
        const bool syntax = word.starts_with('"') || word.starts_with('(');
        const bool apart = !out.empty() && !out.ends_with('(') && !word.starts_with(')');
        out += (apart ? " " : "") + (plain || syntax ? with_quotes(word) : quoted_string(word));
    }
    return out;
}

store::UidRanges uids_of(const SearchKey& key) {
    store::UidRanges uids;
    for (const auto& [first, last] : key.numbers.resolve(UINT32_MAX)) uids.push_back({first, last});
    return store::normalised(std::move(uids));
}

}  // namespace

KeptQuery::KeptQuery(std::unique_ptr<Question> question) : question_(std::move(question)) {}
KeptQuery::KeptQuery(KeptQuery&&) noexcept = default;
KeptQuery& KeptQuery::operator=(KeptQuery&&) noexcept = default;
KeptQuery::~KeptQuery() = default;

Result<KeptQuery, Complaint> KeptQuery::parse(const std::vector<std::string>& words) {
    const auto text = joined(words);
    const auto refused = [&text](std::string_view why) {
        return fail(
            Complaint{Exit::usage, printable(text, 200) + " is no search (" + std::string(why) +
                                       "); expected words of IMAP's SEARCH, such as FROM alice SINCE 1-Nov-2026"});
    };
    auto question = std::make_unique<Question>();
    question->words.text = "q SEARCH CHARSET UTF-8 " + text;
    auto command = imap::parse(question->words);
    if (!command) return refused(command.error().text);
    question->command = *std::move(command);
    question->now = unix_seconds(real_clock().now());
    const auto& program = question->program();
    if (std::any_of(program.begin(), program.end(), is_meaningless))
        return refused("numbers of messages mean nothing here, UID does");
    for (const auto& key : program) {
        question->strings.push_back(mail::casemap(std::string(key.string)));
        question->uids.push_back(key.kind == Kind::uid ? uids_of(key) : store::UidRanges());
    }
    return KeptQuery(std::move(question));
}

std::vector<std::size_t> KeptQuery::Question::keys_of(Kind kind) const {
    std::vector<std::size_t> found;
    for (std::size_t at = 0; at < program().size(); ++at)
        if (program()[at].kind == kind) found.push_back(at);
    return found;
}

Truth KeptQuery::Question::known(std::size_t at, const store::Message& message) const {
    const auto& key = program()[at];
    if (key.kind == Kind::uid) return truth(store::contains(uids[at], message.uid));
    const auto answer = store::by_record(key, message, false, now);
    return answer ? truth(*answer) : Truth::unknown;
}

Answers KeptQuery::Question::read(store::MessageText& text) const {
    Answers answers(program().size(), Truth::unknown);
    read_header(text.header(), answers);
    read_body(text, answers);
    return answers;
}

void KeptQuery::Question::read_header(std::string_view header, Answers& answers) const {
    const auto sent = store::sent_date(header);
    for (std::size_t at = 0; at < program().size(); ++at)
        if (store::is_of_sent_day(program()[at].kind)) answers[at] = truth(store::by_sent_day(program()[at], sent));
    const auto keys = keys_of(Kind::header);
    for (const auto at : keys) answers[at] = Truth::no;
    mail::HeaderScanner scanner(header, store::showing());
    while (const auto field = scanner.next()) {
        for (const auto at : keys) {
            if (answers[at] == Truth::yes || !equal_nocase(field->name, program()[at].name)) continue;
            const auto value = mail::casemap(mail::decode_words(field->value));
            answers[at] = truth(value.find(strings[at]) != std::string::npos);
        }
    }
}

void KeptQuery::Question::read_body(store::MessageText& text, Answers& answers) const {
    const auto finder = [this](const std::vector<std::size_t>& keys) {
        std::vector<std::string> needles;
        for (const auto at : keys) needles.push_back(strings[at]);
        return mail::TextFinder(std::move(needles));
    };
    const auto in_body = keys_of(Kind::body);
    const auto in_all = keys_of(Kind::text);
    if (in_body.empty() && in_all.empty()) return;
    auto body = finder(in_body);
    auto all = finder(in_all);
    while (text.find_on(body, all)) {
    }
    for (std::size_t i = 0; i < in_body.size(); ++i) answers[in_body[i]] = truth(body.found(i));
    for (std::size_t i = 0; i < in_all.size(); ++i) answers[in_all[i]] = truth(all.found(i));
}

bool KeptQuery::matches(Files& files, const store::Kept& kept) const {
    const auto& question = *question_;
    const auto& message = kept.what.entry.message;
    const auto by_record = [&](std::size_t at) { return question.known(at, message); };
    const auto soon = imap::decide(question.program(), 0, by_record);
    if (soon != Truth::unknown) return soon == Truth::yes;
    try {
        store::OpenMessage opened{files.open(kept.path, OpenMode::read), kept.bytes, message.size_crlf};
        store::MessageText text(std::move(opened));
        const auto answers = question.read(text);
        const auto by_file = [&](std::size_t at) {
            const auto one = question.known(at, message);
            return one == Truth::unknown ? answers[at] : one;
        };
        return imap::decide(question.program(), 0, by_file) == Truth::yes;
    } catch (const SystemError& error) {
        if (error.code() != ENOENT) throw;
        return false;  // brought back meanwhile, or its time is over
    }
}

}  // namespace md::mdctl
