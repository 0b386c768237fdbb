// mdctl/mailbox_transfer.cc - see mailbox_transfer.h

#include "mdctl/mailbox_transfer.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <iostream>

#include "base/clock.h"
#include "base/strings.h"
#include "mdctl/refusals.h"
#include "mdctl/store_access.h"
#include "store/account.h"
#include "store/appending.h"
#include "store/folder_name.h"
#include "store/mailbox.h"
#include "store/mailbox_state.h"
#include "store/maildir_name.h"
#include "store/maildrop.h"

namespace md::mdctl {

namespace {

constexpr std::size_t kChunk = 64U << 10;

/// ACCOUNT and MAILBOX, which are there.
struct Place {
    accounts::Account account;
    StoreAccess access;
    std::shared_ptr<store::Account> opened;
    std::shared_ptr<store::Mailbox> mailbox;

    Place(accounts::Account of, const config::Config& config) : account(std::move(of)), access(config) {}
};

Complaint no_mailbox(const accounts::Name& name, const std::string& mailbox) {
    return {Exit::not_there, name.text() + " has no mailbox " + mailbox};
}

Result<std::unique_ptr<Place>, Complaint> open_place(Context& context, const Request& request) {
    auto account = named_account(context, request);
    if (!account) return fail(account.error());
    auto place = std::make_unique<Place>(std::move(*account), **context.config());
    place->opened = place->access.store().account(store_name(place->account.name));
    auto mailbox = place->opened->open(request.one("MAILBOX"));
    if (!mailbox) return fail(no_mailbox(place->account.name, request.one("MAILBOX")));
    place->mailbox = std::move(*mailbox);
    place->mailbox->look();
    return place;
}

// append

struct Marks {
    store::Flags flags = 0;
    std::vector<std::string> keywords;
};

struct FlagWord {
    std::string_view word;
    store::Flags flag;
};
constexpr std::array kFlagWords{
    FlagWord{"\\Seen", store::flag::seen},       FlagWord{"\\Answered", store::flag::answered},
    FlagWord{"\\Flagged", store::flag::flagged}, FlagWord{"\\Deleted", store::flag::deleted},
    FlagWord{"\\Draft", store::flag::draft},
};

/// RFC 3501 §9: what a keyword is made of.
bool is_keyword(std::string_view word) {
    if (word.empty() || word.size() > store::kKeywordSizeLimit) return false;
    for (const char c : word)
        if (c <= ' ' || c > '~' || std::string_view("(){%*\"\\]").find(c) != std::string_view::npos) return false;
    return true;
}

Result<Marks, Complaint> marks_of(const Request& request) {
    Marks marks;
    const auto text = request.value("--flags").value_or("");
    for (const auto word : split(text, ' ')) {
        if (word.empty()) continue;
        const auto known = std::find_if(kFlagWords.begin(), kFlagWords.end(),
                                        [&](const FlagWord& row) { return equal_nocase(row.word, word); });
        if (known != kFlagWords.end()) {
            marks.flags = static_cast<store::Flags>(marks.flags | known->flag);
        } else if (is_keyword(word)) {
            marks.keywords.emplace_back(word);
        } else {
            return fail(not_a("flag or keyword", std::string(word), "\\Seen or $Label1"));
        }
    }
    return marks;
}

Result<std::int64_t, Complaint> date_of(const Request& request) {
    const auto text = request.value("--date");
    if (!text) return unix_seconds(real_clock().now());
    const auto time = parse_rfc3339(*text);
    if (!time) return fail(not_a("time", *text, "2026-11-25T10:30:00Z"));
    return unix_seconds(*time);
}

Result<std::string, Complaint> uidl_of(const Request& request) {
    auto text = request.value("--uidl");
    if (!text) return std::string();
    if (!store::is_uidl(*text)) return fail(not_a("unique id (1 to 70 octets from ! to ~)", *text, "0000000f4d2a"));
    return *std::move(text);
}

Complaint no_room(const accounts::Name& name) {
    return {Exit::no, "the quota of " + name.text() + " has no room for it"};
}

/// A message of unknown size: room is reserved chunk by chunk, each before it is written. False: there is none.
bool write_from_input(store::Appending& appending, store::MessageWriter& writer) {
    std::string chunk(kChunk, '\0');
    while (std::cin.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || std::cin.gcount() > 0) {
        const auto got = std::string_view(chunk).substr(0, static_cast<std::size_t>(std::cin.gcount()));
        const auto more = store::stored_size_of(got.size());
        if (!appending.make_room({writer.size_lf() + more.least, writer.size_lf() + more.most})) return false;
        writer.write(got);
    }
    return true;
}

bool write_from_file(const File& file, store::Appending& appending, store::MessageWriter& writer) {
    if (!appending.make_room(store::stored_size_of(file.info().size_bytes))) return false;
    std::string chunk(kChunk, '\0');
    for (std::uint64_t offset = 0;;) {
        const auto got = file.read_at(offset, chunk.data(), chunk.size());
        if (got == 0) return true;
        writer.write(std::string_view(chunk).substr(0, got));
        offset += got;
    }
}

}  // namespace

Outcome append_message(Context& context, const Request& request) {
    auto marks = marks_of(request);
    if (!marks) return fail(marks.error());
    const auto date = date_of(request);
    if (!date) return fail(date.error());
    auto uidl = uidl_of(request);
    if (!uidl) return fail(uidl.error());
    const auto place = open_place(context, request);
    if (!place) return fail(place.error());
    const auto& account = (*place)->account;
    const auto path = request.value("FILE").value_or("-");
    if (path != "-" && !real_files().info(path)) return fail(Complaint{Exit::not_there, "there is no file " + path});
    store::Appending appending(*(*place)->mailbox, {account.quota_bytes, account.quota_messages});
    auto writer = appending.start();
    const bool fits = path == "-" ? write_from_input(appending, writer)
                                  : write_from_file(*real_files().open(path, OpenMode::read_linked), appending, writer);
    if (!fits) return fail(no_room(account.name));
    if (writer.size_lf() == 0) return fail(Complaint{Exit::data, "the message is empty"});
    appending.add(std::move(writer), *date, marks->flags, std::move(marks->keywords), *std::move(uidl));
    const auto all = appending.place();
    if (!all) return fail(no_room(account.name));
    const auto& placed = all->front();
    context.print(ipc::Json().set("uid_validity", placed.uid_validity).set("uid", placed.uid),
                  std::to_string(placed.uid) + "\n");
    return {};
}

// cat

Outcome cat_message(Context& context, const Request& request) {
    const auto uid = parse_number<store::Uid>(request.one("UID"));
    if (!uid || *uid == 0) return fail(not_a("UID", request.one("UID"), "17"));
    const auto place = open_place(context, request);
    if (!place) return fail(place.error());
    auto& mailbox = *(*place)->mailbox;
    const auto message = mailbox.message(*uid) ? mailbox.open(*uid) : std::nullopt;
    if (!message) return fail(Complaint{Exit::not_there, "no message there has the UID " + request.one("UID")});
    std::string chunk(kChunk, '\0');
    for (std::uint64_t offset = 0;;) {
        const auto got = message->file->read_at(offset, chunk.data(), chunk.size());
        if (got == 0) return {};
        context.print_raw(std::string_view(chunk).substr(0, got));
        offset += got;
    }
}

// export

namespace {

/// Where exported messages go: a Maildir++ or a file of the mbox format.
class Target {
  public:
    virtual ~Target() = default;
    virtual void begin(const std::string& folder) = 0;
    virtual void put(const store::Message& message, const File& file) = 0;
};

class MaildirTarget final : public Target {
  public:
    explicit MaildirTarget(std::string directory) : directory_(std::move(directory)) {
        real_files().make_directory(directory_);
    }
    void begin(const std::string& folder) override {
        const auto name = folder == "INBOX" ? std::string() : store::folder_directory(folder);
        current_ = name.empty() ? directory_ : directory_ + "/" + name;
        for (const auto& part : {"", "/tmp", "/new", "/cur"}) real_files().make_directory(current_ + part);
        if (!name.empty()) (void)real_files().open(current_ + "/maildirfolder", OpenMode::create);
    }
    void put(const store::Message& message, const File& file) override {
        const auto base =
            store::with_sizes(store::fresh_key(message.internal_date), message.size_lf, message.size_crlf);
        const auto path = current_ + "/cur/" + base + ":2," + store::letters_of(message);
        const auto copy = real_files().open(path, OpenMode::create_new);
        std::string chunk(kChunk, '\0');
        for (std::uint64_t offset = 0;;) {
            const auto got = file.read_at(offset, chunk.data(), chunk.size());
            if (got == 0) break;
            copy->write_at(offset, std::string_view(chunk).substr(0, got));
            offset += got;
        }
        real_files().set_modified(path, message.internal_date * 1'000'000'000);
    }

  private:
    std::string directory_;
    std::string current_;
};

/// "mboxrd": a line of any number of '>' and then "From " gets one more '>', so that it can be taken back.
class MboxTarget final : public Target {
  public:
    explicit MboxTarget(const std::string& path) : file_(real_files().open(path, OpenMode::create_new)) {}
    void begin(const std::string&) override {}
    void put(const store::Message& message, const File& file) override {
        write("From MAILER-DAEMON " + asctime_of(message.internal_date) + "\n");
        std::string line;
        std::string chunk(kChunk, '\0');
        for (std::uint64_t offset = 0;;) {
            const auto got = file.read_at(offset, chunk.data(), chunk.size());
            if (got == 0) break;
            offset += got;
            for (auto rest = std::string_view(chunk).substr(0, got); !rest.empty();) {
                const auto end = rest.find('\n');
                const auto size = end == std::string_view::npos ? rest.size() : end + 1;
                line.append(rest.substr(0, size));
                rest.remove_prefix(size);
                if (end != std::string_view::npos) write_line(line);
            }
        }
        if (!line.empty()) write_line(line.append("\n"));
        write("\n");
        flush();
    }

  private:
    static std::string asctime_of(std::int64_t seconds) {
        const auto time = static_cast<std::time_t>(seconds);
        std::tm parts{};
        gmtime_r(&time, &parts);
        std::array<char, 32> text{};
        return {text.data(), std::strftime(text.data(), text.size(), "%a %b %e %H:%M:%S %Y", &parts)};
    }
    void write_line(std::string& line) {
        if (std::string_view(line).substr(std::min(line.find_first_not_of('>'), line.size())).starts_with("From "))
            write(">");
        write(line);
        line.clear();
    }
    void write(std::string_view octets) {
        buffer_.append(octets);
        if (buffer_.size() > kChunk) flush();
    }
    void flush() {
        file_->write_at(size_, buffer_);
        size_ += buffer_.size();
        buffer_.clear();
    }

    std::unique_ptr<File> file_;
    std::uint64_t size_ = 0;
    std::string buffer_;
};

std::size_t export_mailbox(store::Mailbox& mailbox, const std::string& folder, Target& target) {
    std::size_t count = 0;
    target.begin(folder);
    mailbox.look();
    for (const auto& message : mailbox.messages({{1, UINT32_MAX}})) {
        const auto open = mailbox.open(message.uid);
        if (!open) continue;  // gone meanwhile
        target.put(message, *open->file);
        ++count;
    }
    return count;
}

struct Destination {
    std::optional<std::string> mailbox;
    std::unique_ptr<Target> target;
};

/// Of `[MAILBOX] DIR` and `[MAILBOX] --mbox FILE`.
Result<Destination, Complaint> destination_of(const Request& request) {
    Destination out;
    out.mailbox = request.value("MAILBOX");
    auto directory = request.value("DIR");
    const auto mbox = request.value("--mbox");
    if (!mbox && !directory) directory = std::exchange(out.mailbox, std::nullopt);
    if (mbox.has_value() == directory.has_value())
        return fail(Complaint{Exit::usage, "name a directory, or --mbox FILE"});
    const auto& path = mbox ? *mbox : *directory;
    if (real_files().info(path)) return fail(Complaint{Exit::exists, path + " is there already"});
    if (mbox) {
        out.target = std::make_unique<MboxTarget>(path);
    } else {
        out.target = std::make_unique<MaildirTarget>(path);
    }
    return out;
}

}  // namespace

Outcome export_messages(Context& context, const Request& request) {
    const auto account = named_account(context, request);
    if (!account) return fail(account.error());
    StoreAccess access(**context.config());
    const auto opened = access.store().account(store_name(account->name));
    opened->look();
    const auto wanted = request.value("MAILBOX");
    const bool one = wanted && (request.has("DIR") || request.has("--mbox"));
    if (one && !opened->open(*wanted)) return fail(no_mailbox(account->name, *wanted));
    const auto destination = destination_of(request);
    if (!destination) return fail(destination.error());
    std::size_t count = 0;
    for (const auto& folder : opened->folders()) {
        const auto mailbox = opened->open(folder.name);
        if (!mailbox || (one && store::canonical_folder(*wanted) != folder.name)) continue;
        count += export_mailbox(**mailbox, folder.name, *destination->target);
    }
    context.print(ipc::Json().set("messages", count), "exported " + std::to_string(count) + " messages\n");
    return {};
}

}  // namespace md::mdctl
