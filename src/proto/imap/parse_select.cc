// proto/imap/parse_select.cc - SELECT and EXAMINE with their parameters, ENABLE, and EXPUNGE with its set
//
// RFC
//   3501 §6.3.1, §6.3.2; 4466 §2.1 (parameters); 7162 §3.1.8, §3.2.5, §7 (CONDSTORE, QRESYNC); 5161; 4315 §2.1

#include <algorithm>
#include <numeric>

#include "proto/imap/command_table.h"
#include "proto/imap/parse_parts.h"

namespace md::imap {
namespace {

/// RFC 7162 §7: known-uids, known-sequence-set and known-uid-set have no "*", and no "$" (RFC 5182 §2.1).
std::optional<std::vector<NumberRange>> take_known(Cursor& cursor) {
    const auto set = take_set(cursor);
    if (!set) return std::nullopt;
    if (!set->has_star() && !set->is_saved()) return set->resolve(1);
    cursor.fail("numbers that are known expected");
    return std::nullopt;
}

std::uint64_t count(const std::vector<NumberRange>& ranges) {
    return std::accumulate(ranges.begin(), ranges.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const NumberRange& r) { return sum + r.last - r.first + 1; });
}

/// "(" known-sequence-set SP known-uid-set ")"
bool take_match(Cursor& cursor, Resync& resync) {
    if (!cursor.expect('(', "\"(\" expected")) return false;
    auto sequence = take_known(cursor);
    if (!sequence || !cursor.space()) return false;
    auto uids = take_known(cursor);
    if (!uids || !cursor.expect(')', "\")\" expected after the known UIDs")) return false;
    if (count(*sequence) != count(*uids)) return cursor.fail("as many UIDs as message numbers expected");
    resync.match_sequence = *std::move(sequence);
    resync.match_uids = *std::move(uids);
    return true;
}

/// "(" uidvalidity SP mod-sequence-value [SP known-uids] [SP seq-match-data] ")"
bool take_resync(Cursor& cursor, std::optional<Resync>& out) {
    if (!cursor.space() || !cursor.expect('(', "arguments of QRESYNC expected")) return false;
    Resync resync;
    const auto validity = cursor.number();
    if (!validity || !cursor.space()) return false;
    if (*validity == 0) return cursor.fail("a UIDVALIDITY is not 0");
    resync.uid_validity = *validity;
    const auto modseq = take_modseq(cursor);
    if (!modseq) return false;
    if (*modseq == 0) return cursor.fail("a mod-sequence is not 0 here");
    resync.modseq = *modseq;
    bool more = cursor.take(' ');
    if (more && cursor.peek() != '(') {
        resync.known = take_known(cursor);
        if (!resync.known) return false;
        more = cursor.take(' ');
    }
    if (more && !take_match(cursor, resync)) return false;
    if (!cursor.expect(')', "\")\" expected after the arguments of QRESYNC")) return false;
    out = std::move(resync);
    return true;
}

bool take_parameter(Cursor& cursor, Select& select) {
    const auto word = cursor.word();
    if (equal_nocase(word, "CONDSTORE")) {
        select.condstore = true;
        return true;
    }
    if (!equal_nocase(word, "QRESYNC")) return cursor.fail("no such parameter of SELECT");
    if (select.resync) return cursor.fail("QRESYNC given twice");
    return take_resync(cursor, select.resync);
}

}  // namespace

bool parse_select(Cursor& cursor, Command& command) {
    if (!cursor.space()) return false;
    auto name = take_mailbox(cursor);
    if (!name) return false;
    Select select;
    select.mailbox = *std::move(name);
    if (cursor.take(' ')) {
        if (!cursor.expect('(', "parameters expected")) return false;
        do {
            if (!take_parameter(cursor, select)) return false;
        } while (cursor.take(' '));
        if (!cursor.expect(')', "\")\" expected after the parameters")) return false;
    }
    command.arguments = std::move(select);
    return true;
}

bool parse_enable(Cursor& cursor, Command& command) {
    Enable enable;
    if (!cursor.space()) return false;
    do {
        const auto name = cursor.atom("capability expected");
        if (!name) return false;
        enable.capabilities.push_back(*name);
    } while (cursor.take(' '));
    command.arguments = std::move(enable);
    return true;
}

bool parse_expunge(Cursor& cursor, Command& command) {
    Expunge expunge;
    if (command.uid) {
        if (!cursor.space()) return false;
        expunge.uids = take_set(cursor);
        if (!expunge.uids) return false;
    }
    command.arguments = std::move(expunge);
    return true;
}

}  // namespace md::imap
