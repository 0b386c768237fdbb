// mdctl/account_csv.cc - accounts as CSV; see account_rows.h

#include <algorithm>

#include "base/strings.h"
#include "mdctl/account_rows.h"

namespace md::mdctl {

namespace {

constexpr std::array<std::string_view, kColumns> kNames{"address",    "name",           "state",
                                                        "quota",      "quota_messages", "send_as",
                                                        "forward",    "forward_keep",   "subaddress_folders",
                                                        "password",   "password_hash",  "scram_sha_256",
                                                        "scram_sha_1"};

/// Reads record by record; a quoted field may hold line ends (RFC 4180 §2).
class CsvReader {
  public:
    explicit CsvReader(std::string_view text) : text_(text) {}

    [[nodiscard]] bool at_end() const noexcept { return at_ >= text_.size(); }
    [[nodiscard]] std::size_t line() const noexcept { return line_; }

    /// False: a quote that is never closed, or text behind one that is.
    bool record(std::vector<std::string>& fields) {
        fields.clear();
        bool good = true;
        for (bool more = true; more;) {
            std::string field;
            if (at_ < text_.size() && text_[at_] == '"') {
                good = quoted(field) && good;
            } else {
                const auto end = std::min(text_.find_first_of(",\n", at_), text_.size());
                field = text_.substr(at_, end - at_);
                if (field.ends_with('\r')) field.pop_back();
                at_ = end;
            }
            fields.push_back(std::move(field));
            more = at_ < text_.size() && text_[at_] == ',';
            if (more) ++at_;
        }
        if (at_ < text_.size()) ++at_;  // the line's end
        ++line_;
        return good;
    }

  private:
    bool quoted(std::string& field) {
        for (++at_; at_ < text_.size(); ++at_) {
            if (text_[at_] == '"' && text_.substr(at_ + 1, 1) == "\"") {
                ++at_;
            } else if (text_[at_] == '"') {
                ++at_;
                return behind_quote();
            } else if (text_[at_] == '\n') {
                ++line_;
            }
            field.push_back(text_[at_]);
        }
        return false;
    }

    bool behind_quote() {
        const auto end = std::min(text_.find_first_of(",\n", at_), text_.size());
        const auto rest = text_.substr(at_, end - at_);
        at_ = end;
        return rest.empty() || rest == "\r";
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
};

bool is_blank(const std::vector<std::string>& fields) {
    return fields.size() == 1 && trim(fields.front()).empty();
}

std::string cell(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string out = "\"";
    for (const char c : text) out.append(c == '"' ? 2 : 1, c);
    return out + "\"";
}

/// Which column stands where; adds a fault for each name that is none.
std::vector<std::size_t> columns_of(const std::vector<std::string>& head, std::vector<RowFault>& faults) {
    std::vector<std::size_t> columns;
    for (const auto& word : head) {
        const auto name = lower(trim(word));
        const auto at = static_cast<std::size_t>(std::ranges::find(kNames, name) - kNames.begin());
        if (at == kColumns) {
            faults.push_back(
                {1, "\"" + printable(name, 64) +
                        "\" is no column; expected some of: address, name, state, "
                        "quota, quota_messages, send_as, forward, forward_keep, subaddress_folders, password, "
                        "password_hash, scram_sha_256, scram_sha_1"});
        } else if (std::ranges::find(columns, at) != columns.end()) {
            faults.push_back({1, "the column " + name + " is there twice"});
        }
        columns.push_back(at);
    }
    if (std::ranges::find(columns, 0U) == columns.end())
        faults.push_back({1, "no column address; expected a first row that names the columns"});
    return columns;
}

}  // namespace

std::string_view name_of(Column column) noexcept {
    return kNames[static_cast<std::size_t>(column)];
}

Rows read_csv(std::string_view text) {
    Rows out;
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // what spreadsheets put first
    CsvReader reader(text);
    std::vector<std::string> fields;
    static_cast<void>(reader.record(fields));
    const auto columns = columns_of(fields, out.faults);
    if (!out.faults.empty()) return out;
    while (!reader.at_end()) {
        Row row;
        row.line = reader.line();
        if (!reader.record(fields)) {
            out.faults.push_back({row.line, "a quoted field does not end, or goes on behind its quote"});
        } else if (is_blank(fields)) {
            continue;
        } else if (fields.size() != columns.size()) {
            out.faults.push_back({row.line, std::to_string(fields.size()) + " fields; expected " +
                                                std::to_string(columns.size()) + " as in the first row"});
        } else {
            for (std::size_t i = 0; i < fields.size(); ++i) row.words[columns[i]] = std::move(fields[i]);
            out.rows.push_back(std::move(row));
        }
    }
    return out;
}

std::string csv_head(std::size_t columns) {
    std::string out;
    for (std::size_t i = 0; i < kColumns && i < columns; ++i)
        if (static_cast<Column>(i) != Column::password) out.append(i == 0 ? "" : ",").append(kNames[i]);
    return out + "\n";
}

std::string csv_row(const Row& row, std::size_t columns) {
    std::string out;
    for (std::size_t i = 0; i < kColumns && i < columns; ++i)
        if (static_cast<Column>(i) != Column::password) out.append(i == 0 ? "" : ",").append(cell(row.words[i]));
    return out + "\n";
}

}  // namespace md::mdctl
