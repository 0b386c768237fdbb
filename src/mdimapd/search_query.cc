// mdimapd/search_query.cc - see search_query.h

#include "mdimapd/search_query.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>

#include "base/strings.h"
#include "mail/casemap.h"
#include "mail/charset.h"
#include "mail/date.h"
#include "mail/encoded_word.h"
#include "mail/header.h"
#include "mail/text_finder.h"
#include "store/search_keys.h"
#include "store/uid_view.h"

namespace md::mdimapd {

using imap::SearchKey;
using imap::Truth;
using imap::truth;
using Kind = SearchKey::Kind;

namespace {

/// Octets of a header times keys that a summary may cost; it cannot be left in the middle.
constexpr std::size_t kWork = 256 << 10;

bool is_of_header(Kind kind) noexcept {
    return kind == Kind::header || store::is_of_sent_day(kind);
}

/// In linear time, whatever is sought.
bool contains(std::string_view text, std::string_view sought) noexcept {
    return ::memmem(text.data(), text.size(), sought.data(), sought.size()) != nullptr;
}

bool is_of_body(Kind kind) noexcept {
    return kind == Kind::body || kind == Kind::text;
}

/// Of a set with message numbers beyond the last: those find nothing, the others of their range are found.
store::UidRanges what_there_is_of(const imap::SequenceSet& numbers, const store::View& view) {
    store::UidRanges uids;
    for (const auto& range : numbers.resolve(view.exists())) {
        const auto found = view.uids_by_sequence(range.first, range.last);
        uids.insert(uids.end(), found.begin(), found.end());
    }
    return uids;
}

}  // namespace

/// What has been learnt of the keys of one message that need its file.
struct Query::Answers {
    std::vector<Truth> of;  ///< each key of the program
};

Query::Query(const imap::Search& search, Selected& selected, std::int64_t now)
    : program_(search.program), view_(selected.view()), now_(now), uids_(program_.size()), strings_(program_.size()) {
    const auto charset = search.charset.value_or(std::string_view());
    for (std::size_t i = 0; i < program_.size(); ++i) {
        const auto& key = program_[i];
        if (key.kind == Kind::sequence || key.kind == Kind::uid) {
            auto uids = selected.uids_of(key.numbers, key.kind == Kind::uid);
            uids_[i] = store::normalised(uids ? *std::move(uids) : what_there_is_of(key.numbers, view_));
        }
        if (key.kind == Kind::header || is_of_body(key.kind))
            strings_[i] = mail::casemap(mail::to_utf8(key.string, charset));
        if (key.kind == Kind::header) {
            by_field_[lower(key.name)].push_back(i);
            ++field_keys_;
        }
        asks_sent_ = asks_sent_ || store::is_of_sent_day(key.kind);
        asks_modseq_ = asks_modseq_ || key.kind == Kind::modseq;
    }
    asks_summaries_ = (asks_sent_ || !by_field_.empty()) &&
                      std::all_of(by_field_.begin(), by_field_.end(),
                                  [](const auto& field) { return store::is_common_field(field.first); });
}

Truth Query::known(std::size_t at, const store::Message& message) const {
    const auto& key = program_[at];
    if (is_of_header(key.kind) || is_of_body(key.kind)) return Truth::unknown;
    const bool recent = key.kind == Kind::flag && view_.is_recent(message.uid);
    const auto known = store::by_record(key, message, recent, now_);
    return truth(known ? *known : store::contains(uids_[at], message.uid));
}

Truth Query::ask(const store::Message& message) const {
    const auto leaf = [&](std::size_t at) { return known(at, message); };
    return imap::decide(program_, 0, leaf);
}

Truth Query::decide(const store::Message& message, const Answers& answers) const {
    const auto leaf = [&](std::size_t at) {
        const auto one = known(at, message);
        return one == Truth::unknown ? answers.of[at] : one;
    };
    return imap::decide(program_, 0, leaf);
}

void Query::read_sent(std::optional<mail::SentDate> sent, Answers& answers) const {
    for (std::size_t at = 0; at < program_.size(); ++at) {
        const auto& key = program_[at];
        if (store::is_of_sent_day(key.kind)) answers.of[at] = truth(store::by_sent_day(key, sent));
    }
}

/// One pass over the fields, each decoded at most once.
void Query::read_header(std::string_view header, Answers& answers) const {
    if (by_field_.empty()) return;
    for (const auto& [name, keys] : by_field_)
        for (const auto at : keys) answers.of[at] = Truth::no;
    mail::HeaderScanner scanner(header, store::showing());
    while (const auto field = scanner.next()) {
        const auto found = by_field_.find(lower(field->name));
        if (found != by_field_.end()) read_field(*field, found->second, answers);
    }
}

void Query::read_field(const mail::Field& field, const std::vector<std::size_t>& keys, Answers& answers) const {
    std::optional<std::string> text;
    for (const auto at : keys) {
        if (answers.of[at] == Truth::yes) continue;
        if (!text) text = mail::casemap(mail::decode_words(field.value));
        answers.of[at] = truth(contains(*text, strings_[at]));
    }
}

Truth Query::ask(const store::Message& message, const store::HeaderSummary& summary) const {
    Answers answers{std::vector<Truth>(program_.size(), Truth::unknown)};
    read_sent(summary.keys.sent, answers);
    if (field_keys_ * summary.fields.size() <= kWork) read_header(summary.fields, answers);
    return decide(message, answers);
}

std::vector<std::size_t> Query::keys_of(Kind kind) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < program_.size(); ++i)
        if (program_[i].kind == kind) found.push_back(i);
    return found;
}

/// In the order of the keys.
std::vector<std::string> Query::needles(const std::vector<std::size_t>& keys) const {
    std::vector<std::string> found;
    found.reserve(keys.size());
    for (const auto at : keys) found.push_back(strings_[at]);
    return found;
}

/// What is being read, and how far that has come.
struct Query::Reading::File {
    /// The keys that ask for fields of one name.
    struct FieldKeys {
        std::vector<std::size_t> keys;
        mail::TextFinder finder;
        bool is_there = false;
    };

    File(store::OpenMessage opened, const Query& query)
        : text(std::move(opened)),
          answers{std::vector<Truth>(query.program_.size(), Truth::unknown)},
          body(query.needles(query.keys_of(Kind::body))),
          all(query.needles(query.keys_of(Kind::text))) {
        for (const auto& [name, keys] : query.by_field_)
            by_field.try_emplace(name, FieldKeys{keys, mail::TextFinder(query.needles(keys))});
    }

    store::MessageText text;
    Answers answers;
    std::unordered_map<std::string, FieldKeys> by_field;
    std::optional<mail::HeaderScanner> fields;  ///< until the header has been looked at
    FieldKeys* asked = nullptr;                 ///< those that the field now looked at concerns
    mail::TextPortions field;
    mail::TextFinder body;
    mail::TextFinder all;
};

Query::Reading::Reading(const Query& query, const store::Message& message) : query_(query), message_(message) {}
Query::Reading::~Reading() = default;

Truth Query::Reading::go_on(async::Deadline until) {
    if (!file_) open();
    while (answer_ == Truth::unknown) {
        if (file_->fields)
            look_at_header();
        else if (!file_->text.find_on(file_->body, file_->all))
            answer_by_body();
        if (std::chrono::steady_clock::now() >= until) break;
    }
    return answer_;
}

void Query::Reading::open() {
    auto opened = query_.view_.open(message_.uid);
    if (!opened) {
        answer_ = Truth::no;
        return;
    }
    file_ = std::make_unique<File>(*std::move(opened), query_);
    const auto header = file_->text.header();
    query_.read_sent(query_.asks_sent_ ? store::sent_date(header) : std::nullopt, file_->answers);
    file_->fields.emplace(query_.by_field_.empty() ? std::string_view() : header, store::showing());
}

/// A portion of a field.
void Query::Reading::look_at_header() {
    auto& file = *file_;
    if (!file.field.done()) {
        file.field.give(file.asked->finder);
        return;
    }
    const auto field = file.fields->next();
    if (!field) {
        answer_by_header();
        return;
    }
    const auto found = file.by_field.find(lower(field->name));
    if (found == file.by_field.end()) return;
    file.asked = &found->second;
    file.asked->is_there = true;
    if (!file.asked->finder.all_found()) file.field.take(mail::decode_words(field->value));
}

void Query::Reading::answer_by_header() {
    file_->fields.reset();
    for (const auto& [name, asked] : file_->by_field)
        for (std::size_t i = 0; i < asked.keys.size(); ++i)
            file_->answers.of[asked.keys[i]] = truth(asked.is_there && asked.finder.found(i));
    answer_ = query_.decide(message_, file_->answers);
}

void Query::Reading::answer_by_body() {
    const auto bodies = query_.keys_of(Kind::body);
    const auto texts = query_.keys_of(Kind::text);
    for (std::size_t i = 0; i < bodies.size(); ++i) file_->answers.of[bodies[i]] = truth(file_->body.found(i));
    for (std::size_t i = 0; i < texts.size(); ++i) file_->answers.of[texts[i]] = truth(file_->all.found(i));
    answer_ = truth(query_.decide(message_, file_->answers) == Truth::yes);
}

}  // namespace md::mdimapd
