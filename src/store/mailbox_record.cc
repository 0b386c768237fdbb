// store/mailbox_record.cc - see mailbox_record.h

#include "store/mailbox_record.h"

#include "base/strings.h"

namespace md::store {

namespace {

enum Type : std::uint32_t {
    t_header = 1,
    t_bounds = 2,
    t_closed = 3,
    t_floor = 4,
    t_added = 5,
    t_flags = 6,
    t_removed = 7,
    t_seen = 8,
    t_scanned = 9,
    t_recent = 10,
    t_horizon = 11,
};

struct Encoder {
    FrameWriter& frame;

    void operator()(const record::Header& r) const {
        frame.record(t_header)
            .text(1, r.mailbox_id)
            .number(2, r.uid_validity)
            .number(3, static_cast<std::uint64_t>(r.created));
    }
    void operator()(const record::Bounds& r) const {
        frame.record(t_bounds)
            .number(1, r.uid_next)
            .number(2, r.uid_end)
            .number(3, r.modseq_next)
            .number(4, r.modseq_end)
            .text(5, r.boot_id);
    }
    void operator()(const record::Closed& r) const { frame.record(t_closed).text(1, r.boot_id); }
    void operator()(const record::Floor& r) const { frame.record(t_floor).number(1, r.modseq).number(2, r.uid); }
    void operator()(const record::Added& r) const {
        const auto& m = r.entry.message;
        auto out = frame.record(t_added);
        out.number(1, m.uid).number(2, m.modseq).text(3, r.entry.name);
        if (m.flags != 0) out.number(4, m.flags);
        for (const auto& keyword : m.keywords) out.text(5, keyword);
        out.number(6, static_cast<std::uint64_t>(m.internal_date)).number(7, m.size_lf).number(8, m.size_crlf);
        out.text(9, m.email_id);
        if (!m.uidl.empty()) out.text(10, m.uidl);
        if (r.entry.where == Where::in_cur) out.number(11, 1);
        if (!r.entry.letters.empty()) out.text(12, r.entry.letters);
    }
    void operator()(const record::FlagsChanged& r) const {
        auto out = frame.record(t_flags);
        out.number(1, r.modseq).ranges(2, r.uids).number(3, r.add).number(4, r.remove);
        if (r.clear_keywords) out.number(5, 1);
        for (const auto& keyword : r.add_keywords) out.text(6, keyword);
        for (const auto& keyword : r.remove_keywords) out.text(7, keyword);
    }
    void operator()(const record::Removed& r) const {
        auto out = frame.record(t_removed);
        out.number(1, r.modseq).ranges(2, r.uids).number(3, static_cast<std::uint64_t>(r.time));
        out.number(4, static_cast<std::uint64_t>(r.reason));
        for (const auto& key : r.keys) out.text(5, key);
    }
    void operator()(const record::Seen& r) const {
        auto out = frame.record(t_seen);
        out.ranges(1, r.uids).number(2, r.where == Where::in_cur ? 1 : 0).text(3, r.letters);
        if (!r.name.empty()) out.text(4, r.name);
    }
    void operator()(const record::Scanned& r) const {
        auto out = frame.record(t_scanned);
        out.number(1, static_cast<std::uint64_t>(r.new_mtime))
            .number(2, static_cast<std::uint64_t>(r.cur_mtime))
            .number(3, r.certain ? 1 : 0);
        if (r.cleared > 0) out.number(4, r.cleared);
    }
    void operator()(const record::Recent& r) const { frame.record(t_recent).number(1, r.first); }
    void operator()(const record::Horizon& r) const { frame.record(t_horizon).number(1, r.modseq); }
};

Uid to_uid(const Field& field) noexcept {
    const auto value = field.number();
    return value <= UINT32_MAX ? static_cast<Uid>(value) : 0;
}

Flags to_flags(const Field& field) noexcept {
    return static_cast<Flags>(field.number() & flag::all);
}
Where to_where(const Field& field) noexcept {
    return field.number() == 1 ? Where::in_cur : Where::in_new;
}

/// Reads every field through `take(field)`.
template <class Take>
void each_field(const Record& record, Take take) {
    FieldReader reader(record.fields);
    while (const auto field = reader.next()) take(*field);
}

std::optional<MailboxRecord> decode_header(const Record& in) {
    record::Header r;
    each_field(in, [&](const Field& f) {
        if (f.tag == 1) r.mailbox_id = f.octets;
        if (f.tag == 2) r.uid_validity = to_uid(f);
        if (f.tag == 3) r.created = static_cast<std::int64_t>(f.number());
    });
    if (!is_object_id(r.mailbox_id) || r.uid_validity == 0) return std::nullopt;
    return r;
}

std::optional<MailboxRecord> decode_bounds(const Record& in) {
    record::Bounds r;
    each_field(in, [&](const Field& f) {
        if (f.tag == 1) r.uid_next = to_uid(f);
        if (f.tag == 2) r.uid_end = to_uid(f);
        if (f.tag == 3) r.modseq_next = f.number();
        if (f.tag == 4) r.modseq_end = f.number();
        if (f.tag == 5) r.boot_id = f.octets;
    });
    if (r.uid_next == 0 || r.modseq_next == 0) return std::nullopt;
    return r;
}

std::optional<MailboxRecord> decode_floor(const Record& in) {
    record::Floor r;
    each_field(in, [&](const Field& f) {
        if (f.tag == 1) r.modseq = f.number();
        if (f.tag == 2) r.uid = to_uid(f);
    });
    return r;
}

record::Added to_added(AddedFields fields) {
    record::Added r;
    auto& m = r.entry.message;
    m.uid = fields.uid;
    m.modseq = fields.modseq;
    m.flags = fields.flags;
    m.keywords = std::move(fields.keywords);
    m.internal_date = fields.internal_date;
    m.size_lf = fields.size_lf;
    m.size_crlf = fields.size_crlf;
    m.email_id = fields.email_id;
    m.uidl = fields.uidl;
    r.entry.name = fields.name;
    r.entry.where = fields.where;
    r.entry.letters = fields.letters;
    return r;
}

std::optional<MailboxRecord> decode_flags(const Record& in) {
    record::FlagsChanged r;
    each_field(in, [&](const Field& f) {
        switch (f.tag) {
            case 1: r.modseq = f.number(); break;
            case 2: r.uids = f.ranges().value_or(UidRanges{}); break;
            case 3: r.add = to_flags(f); break;
            case 4: r.remove = to_flags(f); break;
            case 5: r.clear_keywords = f.number() == 1; break;
            case 6: r.add_keywords.emplace_back(f.octets); break;
            case 7: r.remove_keywords.emplace_back(f.octets); break;
            default: break;
        }
    });
    if (r.uids.empty()) return std::nullopt;
    return r;
}

std::optional<MailboxRecord> decode_removed(const Record& in) {
    record::Removed r;
    each_field(in, [&](const Field& f) {
        if (f.tag == 1) r.modseq = f.number();
        if (f.tag == 2) r.uids = f.ranges().value_or(UidRanges{});
        if (f.tag == 3) r.time = static_cast<std::int64_t>(f.number());
        if (f.tag == 4) r.reason = f.number() <= 3 ? static_cast<Reason>(f.number()) : Reason::expunged;
        if (f.tag == 5) r.keys.emplace_back(f.octets);
    });
    if (r.uids.empty()) return std::nullopt;
    return r;
}

std::optional<MailboxRecord> decode_seen(const Record& in) {
    record::Seen r;
    each_field(in, [&](const Field& f) {
        if (f.tag == 1) r.uids = f.ranges().value_or(UidRanges{});
        if (f.tag == 2) r.where = to_where(f);
        if (f.tag == 3) r.letters = f.octets;
        if (f.tag == 4) r.name = f.octets;
    });
    if (r.uids.empty()) return std::nullopt;
    return r;
}

std::optional<MailboxRecord> decode_scanned(const Record& in) {
    record::Scanned r;
    each_field(in, [&](const Field& f) {
        if (f.tag == 1) r.new_mtime = static_cast<std::int64_t>(f.number());
        if (f.tag == 2) r.cur_mtime = static_cast<std::int64_t>(f.number());
        if (f.tag == 3) r.certain = f.number() == 1;
        if (f.tag == 4) r.cleared = f.number();
    });
    return r;
}

/// The records of a single field.
Field first_field(const Record& in) {
    FieldReader reader(in.fields);
    while (const auto field = reader.next())
        if (field->tag == 1) return *field;
    return {};
}

}  // namespace

bool is_object_id(std::string_view text) noexcept {
    if (text.empty() || text.size() > kObjectIdLimit) return false;
    for (const char c : text)
        if (!is_alpha(c) && !is_digit(c) && c != '_' && c != '-') return false;
    return true;
}

std::optional<AddedFields> decode_added(const Record& in) {
    if (in.type != t_added) return std::nullopt;
    AddedFields r;
    each_field(in, [&](const Field& f) {
        switch (f.tag) {
            case 1: r.uid = to_uid(f); break;
            case 2: r.modseq = f.number(); break;
            case 3: r.name = f.octets; break;
            case 4: r.flags = to_flags(f); break;
            case 5: r.keywords.emplace_back(f.octets); break;
            case 6: r.internal_date = static_cast<std::int64_t>(f.number()); break;
            case 7: r.size_lf = f.number(); break;
            case 8: r.size_crlf = f.number(); break;
            case 9: r.email_id = f.octets; break;
            case 10: r.uidl = f.octets; break;
            case 11: r.where = to_where(f); break;
            case 12: r.letters = f.octets; break;
            default: break;
        }
    });
    if (r.uid == 0 || r.name.empty()) return std::nullopt;
    return r;
}

void encode(FrameWriter& frame, const MailboxRecord& record) {
    std::visit(Encoder{frame}, record);
}

std::optional<MailboxRecord> decode(const Record& in) {
    switch (in.type) {
        case t_header: return decode_header(in);
        case t_bounds: return decode_bounds(in);
        case t_closed: return record::Closed{std::string(first_field(in).octets)};
        case t_floor: return decode_floor(in);
        case t_added: {
            auto fields = decode_added(in);
            if (!fields) return std::nullopt;
            return to_added(std::move(*fields));
        }
        case t_flags: return decode_flags(in);
        case t_removed: return decode_removed(in);
        case t_seen: return decode_seen(in);
        case t_scanned: return decode_scanned(in);
        case t_recent: return record::Recent{to_uid(first_field(in))};
        case t_horizon: return record::Horizon{first_field(in).number()};
        default: return std::nullopt;
    }
}

}  // namespace md::store
