// policy/request.cc - see request.h

#include "policy/request.h"

#include "base/bytes.h"

namespace md::policy::request {

namespace {

constexpr std::uint8_t kVersion = 2;
/// What a key and its record take at least: two lengths.
constexpr std::size_t kSmallestPair = 8;
/// An occasion and an IPv4 address.
constexpr std::size_t kSmallestEvent = 9;
constexpr std::size_t kCountedSize = 5;

/// A reader behind the version; failed if that is another.
class Reader {
  public:
    explicit Reader(std::string_view octets) : in_(octets) { good_ = in_.number<std::uint8_t>() == kVersion; }

    ByteReader& in() noexcept { return in_; }
    void check(bool good) noexcept { good_ = good_ && good; }
    /// How many follow, each of at least `smallest` octets; 0 if they cannot.
    std::uint32_t count(std::size_t smallest) {
        const auto number = in_.number<std::uint32_t>();
        check(number <= in_.rest().size() / smallest);
        return good_ ? number : 0;
    }
    std::optional<Entry> entry() {
        const auto key = in_.text();
        const auto record = in_.text();
        auto entry = in_.ok() ? decode(key, record) : std::nullopt;
        check(entry.has_value());
        return entry;
    }
    template <class E>
    E choice(unsigned first, unsigned last) {
        const auto number = in_.number<std::uint8_t>();
        check(number >= first && number <= last);
        return static_cast<E>(number);
    }
    template <class T>
    std::optional<T> end(T value) const {
        if (!good_ || !in_.ok() || !in_.at_end()) return std::nullopt;
        return value;
    }
    [[nodiscard]] bool good() const noexcept { return good_ && in_.ok(); }

  private:
    ByteReader in_;
    bool good_;
};

std::string begin() {
    std::string out;
    put_number(out, kVersion);
    return out;
}

void put_entry(std::string& out, const Entry& entry) {
    put_text(out, key_of(entry));
    put_text(out, encode_record(entry));
}

template <class E>
void put_choice(std::string& out, E choice) {
    put_number(out, static_cast<std::uint8_t>(choice));
}

}  // namespace

std::string write(const std::vector<Change>& changes) {
    auto out = begin();
    put_number(out, static_cast<std::uint32_t>(changes.size()));
    for (const auto& change : changes) {
        put_choice(out, change.operation);
        put_entry(out, change.entry);
    }
    return out;
}

std::optional<std::vector<Change>> read_changes(std::string_view octets) {
    Reader reader(octets);
    const auto count = reader.count(kSmallestPair + 1);
    std::vector<Change> changes;
    changes.reserve(count);
    for (std::uint32_t i = 0; i < count && reader.good(); ++i) {
        Change change;
        change.operation = reader.choice<Operation>(1, 4);
        auto entry = reader.entry();
        if (!entry) return std::nullopt;
        change.entry = std::move(*entry);
        changes.push_back(std::move(change));
    }
    return reader.end(std::move(changes));
}

std::string write(const ChangeReply& reply) {
    auto out = begin();
    put_choice(out, reply.done);
    put_number(out, reply.index);
    return out;
}

std::optional<ChangeReply> read_change_reply(std::string_view octets) {
    Reader reader(octets);
    ChangeReply reply;
    reply.done = reader.choice<Done>(0, 4);
    reply.index = reader.in().number<std::uint32_t>();
    return reader.end(reply);
}

std::string write(const ListQuestion& question) {
    auto out = begin();
    put_choice(out, question.list);
    put_text(out, question.cursor);
    return out;
}

std::optional<ListQuestion> read_list_question(std::string_view octets) {
    Reader reader(octets);
    ListQuestion question;
    question.list = reader.choice<List>(1, 3);
    question.cursor = reader.in().text();
    return reader.end(std::move(question));
}

std::string write(const ListPage& page) {
    auto out = begin();
    put_number(out, static_cast<std::uint32_t>(page.entries.size()));
    for (const auto& entry : page.entries) put_entry(out, entry);
    put_text(out, page.cursor);
    return out;
}

std::optional<ListPage> read_list_page(std::string_view octets) {
    Reader reader(octets);
    const auto count = reader.count(kSmallestPair);
    ListPage page;
    page.entries.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        auto entry = reader.entry();
        if (!entry) return std::nullopt;
        page.entries.push_back(std::move(*entry));
    }
    page.cursor = reader.in().text();
    return reader.end(std::move(page));
}

std::string write(const CheckQuestion& question) {
    auto out = begin();
    put_choice(out, question.list);
    put_choice(out, question.kind);
    put_text(out, question.text);
    put_number(out, static_cast<std::uint32_t>(question.scopes.size()));
    for (const auto& scope : question.scopes) put_text(out, scope);
    return out;
}

std::optional<CheckQuestion> read_check_question(std::string_view octets) {
    Reader reader(octets);
    CheckQuestion question;
    question.list = reader.choice<List>(1, 3);
    question.kind = reader.choice<Kind>(1, 6);
    question.text = reader.in().text();
    const auto count = reader.count(sizeof(std::uint32_t));
    for (std::uint32_t i = 0; i < count; ++i) question.scopes.emplace_back(reader.in().text());
    return reader.end(std::move(question));
}

std::string write(const Attendance& attendance) {
    auto out = begin();
    put_number(out, attendance.subscriber);
    put_number(out, attendance.lists);
    return out;
}

std::optional<Attendance> read_attendance(std::string_view octets) {
    Reader reader(octets);
    Attendance attendance;
    attendance.subscriber = reader.in().number<std::uint64_t>();
    attendance.lists = reader.in().number<ListSet>();
    return reader.end(attendance);
}

std::string write(const NextQuestion& question) {
    auto out = begin();
    put_number(out, question.subscriber);
    put_number(out, question.epoch);
    put_number(out, question.version);
    put_text(out, question.cursor);
    return out;
}

std::optional<NextQuestion> read_next_question(std::string_view octets) {
    Reader reader(octets);
    NextQuestion question;
    question.subscriber = reader.in().number<std::uint64_t>();
    question.epoch = reader.in().number<std::uint64_t>();
    question.version = reader.in().number<std::uint64_t>();
    question.cursor = reader.in().text();
    return reader.end(std::move(question));
}

std::string write(const NextReply& reply) {
    auto out = begin();
    put_number(out, reply.epoch);
    put_number(out, reply.version);
    put_choice(out, reply.form);
    put_number(out, static_cast<std::uint32_t>(reply.records.size()));
    for (const auto& record : reply.records) {
        put_number(out, static_cast<std::uint8_t>(record.record ? 1 : 0));
        put_text(out, record.key);
        put_text(out, record.record.value_or(std::string()));
    }
    put_text(out, reply.cursor);
    return out;
}

std::optional<NextReply> read_next_reply(std::string_view octets) {
    Reader reader(octets);
    NextReply reply;
    reply.epoch = reader.in().number<std::uint64_t>();
    reply.version = reader.in().number<std::uint64_t>();
    reply.form = reader.choice<NextReply::Form>(0, 2);
    const auto count = reader.count(kSmallestPair + 1);
    reply.records.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        StoreChange change;
        const bool there = reader.choice<std::uint8_t>(0, 1) == 1;
        change.key = reader.in().text();
        const auto record = reader.in().text();
        if (there) change.record.emplace(record);
        reply.records.push_back(std::move(change));
    }
    reply.cursor = reader.in().text();
    return reader.end(std::move(reply));
}

std::string write(const std::vector<CountEvent>& events) {
    auto out = begin();
    put_number(out, static_cast<std::uint32_t>(events.size()));
    for (const auto& event : events) {
        put_choice(out, event.occasion);
        put_text(out, event.address.octets());
    }
    return out;
}

std::optional<std::vector<CountEvent>> read_count_events(std::string_view octets) {
    Reader reader(octets);
    const auto count = reader.count(kSmallestEvent);
    std::vector<CountEvent> events(count);
    for (auto& event : events) {
        event.occasion = reader.choice<Occasion>(1, kOccasions);
        const auto address = IpAddress::from_octets(reader.in().text());
        if (!address) return std::nullopt;
        event.address = *address;
    }
    return reader.end(std::move(events));
}

std::string write(const std::vector<Counted>& counted) {
    auto out = begin();
    put_number(out, static_cast<std::uint32_t>(counted.size()));
    for (const auto& one : counted) {
        put_number(out, static_cast<std::uint8_t>(one.over ? 1 : 0));
        put_number(out, static_cast<std::uint32_t>(one.again.count()));
    }
    return out;
}

std::optional<std::vector<Counted>> read_counted(std::string_view octets) {
    Reader reader(octets);
    const auto count = reader.count(kCountedSize);
    std::vector<Counted> counted(count);
    for (auto& one : counted) {
        one.over = reader.choice<std::uint8_t>(0, 1) == 1;
        one.again = std::chrono::milliseconds(reader.in().number<std::uint32_t>());
    }
    return reader.end(std::move(counted));
}

}  // namespace md::policy::request
