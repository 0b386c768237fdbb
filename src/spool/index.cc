// spool/index.cc - see index.h

#include "spool/index.h"

#include <algorithm>
#include <functional>

#include "base/bytes.h"
#include "base/crc32c.h"

namespace md::spool {

namespace {

constexpr std::string_view kMagic("MDINDEX\0", 8);
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderSize = 16;
constexpr std::size_t kEntrySize = 12;  // without text, id and due
constexpr std::size_t kPutSize = kEntrySize + 16;
constexpr std::size_t kTextLimit = 255;
constexpr std::uint64_t kFileLimit = 4ULL << 30;
/// Below this the log is not worth writing anew.
constexpr std::uint64_t kSmallLog = 1U << 20;

/// false: it cannot be read.
bool decode_entry(ByteReader& in, IndexEntry& to) {
    const auto begin = in.rest();
    const auto crc = in.number<std::uint32_t>();
    const auto kind = in.number<std::uint8_t>();
    const auto text_size = in.number<std::uint8_t>();
    to.state = in.number<std::uint16_t>();
    to.number = in.number<std::uint32_t>();
    if (kind < static_cast<std::uint8_t>(IndexEntry::Kind::destination) ||
        kind > static_cast<std::uint8_t>(IndexEntry::Kind::state))
        return false;
    to.kind = static_cast<IndexEntry::Kind>(kind);
    to.text = in.take(text_size);
    const bool has_id = to.kind == IndexEntry::Kind::put || to.kind == IndexEntry::Kind::remove;
    if (has_id) to.id = QueueId(in.number<std::uint64_t>());
    if (to.kind == IndexEntry::Kind::put) to.due = static_cast<std::int64_t>(in.number<std::uint64_t>());
    if (!in.ok()) return false;
    const auto whole = begin.substr(0, begin.size() - in.rest().size());
    return crc == crc32c(whole.substr(sizeof crc));
}

}  // namespace

std::string index_header() {
    std::string out(kMagic);
    put_number(out, kVersion);
    put_number(out, crc32c(out));
    return out;
}

std::string encode(const IndexEntry& entry) {
    const auto text = std::string_view(entry.text).substr(0, kTextLimit);
    std::string body;
    put_number(body, static_cast<std::uint8_t>(entry.kind));
    put_number(body, static_cast<std::uint8_t>(text.size()));
    put_number(body, entry.state);
    put_number(body, entry.number);
    body += text;
    if (entry.kind == IndexEntry::Kind::put || entry.kind == IndexEntry::Kind::remove)
        put_number(body, entry.id.value());
    if (entry.kind == IndexEntry::Kind::put) put_number(body, static_cast<std::uint64_t>(entry.due));
    std::string out;
    put_number(out, crc32c(body));
    return out + body;
}

Result<IndexContent, IndexFault> decode_index(std::string_view file) {
    if (!file.starts_with(index_header())) return fail(IndexFault{"no index of version 1"});
    IndexContent content;
    content.complete_size = kHeaderSize;
    ByteReader in(file.substr(kHeaderSize));
    while (!in.at_end()) {
        IndexEntry entry;
        if (!decode_entry(in, entry)) break;
        content.entries.push_back(std::move(entry));
        content.complete_size = file.size() - in.rest().size();
    }
    return content;
}

Index::Index(Files& files, std::string path) : files_(files), path_(std::move(path)) {}
Index::~Index() = default;

bool Index::load() {
    const auto file = files_.read(path_, kFileLimit);
    const auto content = file ? decode_index(*file) : Result<IndexContent, IndexFault>(fail(IndexFault{"none"}));
    if (!content) return false;
    for (const auto& entry : content->entries) apply(entry);
    anew_ = content->complete_size != file->size();
    file_size_ = logged_bytes_ = content->complete_size;
    return true;
}

/// Numbers are given in order, each once; what points beyond them was written by no one, and is passed over.
void Index::apply(const IndexEntry& entry) {
    const auto add = [&entry](Names& names, std::uint32_t number) {
        if (number != names.texts.size()) return;
        names.texts.push_back(entry.text);
        names.numbers.emplace(entry.text, number);
    };
    switch (entry.kind) {
        case IndexEntry::Kind::destination: add(destinations_, entry.number); break;
        case IndexEntry::Kind::state: add(states_, entry.state); break;
        case IndexEntry::Kind::remove: items_.erase(entry.id.value()); break;
        case IndexEntry::Kind::put:
            if (entry.state >= states_.texts.size() || entry.number >= destinations_.texts.size()) return;
            items_[entry.id.value()] = Item{entry.due, entry.number, entry.state, false};
            push_due(entry.due, entry.id);
            break;
    }
}

std::uint32_t Index::number_of(Names& names, std::string_view text, IndexEntry::Kind kind) {
    std::string key(text.substr(0, kTextLimit));
    const auto known = names.numbers.find(key);
    if (known != names.numbers.end()) return known->second;
    const auto number = static_cast<std::uint32_t>(names.texts.size());
    names.texts.push_back(key);
    names.numbers.emplace(key, number);
    IndexEntry entry;
    entry.kind = kind;
    entry.state = kind == IndexEntry::Kind::state ? static_cast<std::uint16_t>(number) : 0;
    entry.number = kind == IndexEntry::Kind::destination ? number : 0;
    entry.text = std::move(key);
    waiting_ += encode(entry);
    return number;
}

void Index::put(QueueId id, std::string_view state, std::string_view destination, std::int64_t due) {
    IndexEntry entry;
    entry.state = static_cast<std::uint16_t>(number_of(states_, state, IndexEntry::Kind::state));
    entry.number = number_of(destinations_, destination, IndexEntry::Kind::destination);
    entry.id = id;
    entry.due = due;
    waiting_ += encode(entry);
    apply(entry);
}

void Index::remove(QueueId id) {
    if (items_.erase(id.value()) == 0) return;
    IndexEntry entry;
    entry.kind = IndexEntry::Kind::remove;
    entry.id = id;
    waiting_ += encode(entry);
}

std::optional<Index::Place> Index::find(QueueId id) const {
    const auto at = items_.find(id.value());
    if (at == items_.end()) return std::nullopt;
    const auto& item = at->second;
    return Place{states_.texts[item.state], destinations_.texts[item.destination], item.due};
}

std::vector<QueueId> Index::ids() const {
    std::vector<QueueId> out;
    out.reserve(items_.size());
    for (const auto& [id, item] : items_) out.emplace_back(id);
    return out;
}

std::vector<QueueId> Index::ids_behind(QueueId after, std::size_t most) const {
    std::vector<QueueId> out;  // a heap, the highest first
    for (const auto& [id, item] : items_) {
        const QueueId one(id);
        if (one <= after || (out.size() >= most && one >= out.front())) continue;
        if (out.size() >= most) {
            std::ranges::pop_heap(out);
            out.pop_back();
        }
        out.push_back(one);
        std::ranges::push_heap(out);
    }
    std::ranges::sort_heap(out);
    return out;
}

std::vector<std::pair<std::string, std::size_t>> Index::count_destinations() const {
    std::vector<std::size_t> counts(destinations_.texts.size());
    for (const auto& [id, item] : items_) ++counts[item.destination];
    std::vector<std::pair<std::string, std::size_t>> out;
    for (std::size_t i = 0; i < counts.size(); ++i)
        if (counts[i] > 0 && !destinations_.texts[i].empty()) out.emplace_back(destinations_.texts[i], counts[i]);
    return out;
}

void Index::push_due(std::int64_t due, QueueId id) {
    if (due == kNever) return;
    // What is no longer so is dropped when it comes to the top; too much of it, at once.
    if (due_.size() > items_.size() + items_.size() / 4 + 64) {
        due_.clear();
        for (const auto& [other, item] : items_)
            if (!item.taken && item.due != kNever) due_.emplace_back(item.due, other);
        std::make_heap(due_.begin(), due_.end(), std::greater<>());
        return;  // with this one: it is in items_ already
    }
    due_.emplace_back(due, id.value());
    std::push_heap(due_.begin(), due_.end(), std::greater<>());
}

void Index::drop_stale() {
    while (!due_.empty()) {
        const auto [due, id] = due_.front();
        const auto at = items_.find(id);
        if (at != items_.end() && at->second.due == due && !at->second.taken) return;
        std::pop_heap(due_.begin(), due_.end(), std::greater<>());
        due_.pop_back();
    }
}

std::int64_t Index::next_due() {
    drop_stale();
    return due_.empty() ? kNever : due_.front().first;
}

std::optional<QueueId> Index::take_due(std::int64_t now) {
    drop_stale();
    if (due_.empty() || due_.front().first > now) return std::nullopt;
    const QueueId id(due_.front().second);
    items_.at(id.value()).taken = true;
    drop_stale();
    return id;
}

bool Index::take(QueueId id) {
    const auto found = items_.find(id.value());
    if (found == items_.end()) return false;
    found->second.taken = true;
    return true;
}

/// With the names alone that are still in use, numbered anew.
std::string Index::whole_log() {
    const auto old_states = std::exchange(states_, {});
    const auto old_destinations = std::exchange(destinations_, {});
    waiting_ = index_header();
    for (auto& [id, item] : items_) {
        item.state =
            static_cast<std::uint16_t>(number_of(states_, old_states.texts[item.state], IndexEntry::Kind::state));
        item.destination =
            number_of(destinations_, old_destinations.texts[item.destination], IndexEntry::Kind::destination);
        IndexEntry entry;
        entry.state = item.state;
        entry.number = item.destination;
        entry.id = QueueId(id);
        entry.due = item.due;
        waiting_ += encode(entry);
    }
    return std::exchange(waiting_, {});
}

Index::Saving Index::begin_save() {
    Saving saving;
    const auto needed = std::max<std::uint64_t>(items_.size() * kPutSize, kSmallLog);
    saving.anew = anew_ || logged_bytes_ + waiting_.size() > 4 * needed;
    if (saving.anew) {
        saving.octets = whole_log();
        logged_bytes_ = saving.octets.size();
    } else {
        saving.octets = std::exchange(waiting_, {});
        logged_bytes_ += saving.octets.size();
    }
    anew_ = false;
    return saving;
}

void Index::write(const Saving& saving) {
    try {
        if (saving.anew) {
            file_.reset();
            const auto temporary = path_ + ".new";
            files_.unlink(temporary);
            auto file = files_.open(temporary, OpenMode::create_new, 0600);
            file->write_at(0, saving.octets);
            files_.rename(temporary, path_);
            file_ = std::move(file);
            file_size_ = saving.octets.size();
            return;
        }
        if (!file_) file_ = files_.open(path_, OpenMode::read_write);
        file_->write_at(file_size_, saving.octets);
        file_size_ += saving.octets.size();
    } catch (...) {
        anew_ = true;
        throw;
    }
}

}  // namespace md::spool
