// accounts/file_changes.cc - what is added, changed, renamed and removed; see file_directory.h

#include <algorithm>

#include "accounts/file_directory.h"
#include "accounts/tables.h"
#include "base/strings.h"
#include "config/edit.h"

namespace md::accounts {

namespace {

using config::Faults;

constexpr mode_t kFileMode = 0640;  // root:mdread on an installed system
constexpr mode_t kFolderMode = 0750;
constexpr mode_t kRemovedMode = 0700;

Failure<Refusal> refuse(Refusal::Why why, std::string text) {
    return fail(Refusal{why, std::move(text)});
}

/// What the schema says against a text that we are about to write; empty: nothing.
std::string faults_of(const config::Schema& schema, const std::string& text, const std::string& file) {
    Faults faults;
    (void)config::read_text(schema, text, file, faults);
    return faults.empty() ? std::string() : one_line(faults);
}

bool is_same(const std::string& a, const std::string& b) {
    const auto name = parse_name(a);
    return name ? name == parse_name(b) : equal_nocase(a, b);
}

std::vector<std::string>::iterator position(std::vector<std::string>& list, const std::string& address) {
    return std::ranges::find_if(list, [&](const auto& one) { return is_same(one, address); });
}

/// The first of `addresses` that is not in the list; empty: all are out of it.
std::string take_out(std::vector<std::string>& list, const std::vector<std::string>& addresses) {
    for (const auto& address : addresses) {
        const auto at = position(list, address);
        if (at == list.end()) return address;
        list.erase(at);
    }
    return {};
}

std::string in_tree(const std::string& tree, const Name& name) {
    return tree + "/" + name.domain + "/" + file_name(name.local_part);
}

}  // namespace

std::unique_ptr<File> FileDirectory::lock() const {
    auto file = files_.open(places_.accounts + "/.lock", OpenMode::create, kFileMode);
    file->lock();
    return file;
}

Result<void, Refusal> FileDirectory::add_domain(const Domain& domain) {
    const auto guard = lock();
    const auto file = domain_file(domain.name);
    if (files_.info(file)) return refuse(Refusal::Why::exists, "the domain " + domain.name + " exists already");
    const auto text = text_of(domain);
    if (auto faults = faults_of(domain_schema(), text, file); !faults.empty())
        return refuse(Refusal::Why::bad_value, std::move(faults));
    if (domain.alias_of.empty()) files_.make_directories(folder(domain.name), kFolderMode);
    files_.make_directories(places_.domains, kFolderMode);
    files_.replace(file, text, kFileMode);
    return {};
}

Result<void, Refusal> FileDirectory::remove_domain(const std::string& domain, bool with_accounts) {
    const auto guard = lock();
    if (!files_.info(domain_file(domain))) return refuse(Refusal::Why::not_there, "there is no domain " + domain);
    std::size_t entries = 0;
    for (const auto& kind : entry_kinds()) {
        const auto names = names_of(kind, domain);
        if (!names) return refuse(Refusal::Why::damaged, names.error().text);
        entries += names->size();
    }
    if (entries > 0 && !with_accounts)
        return refuse(Refusal::Why::not_empty,
                      "the domain " + domain + " has " + std::to_string(entries) + " accounts, aliases and groups");
    // First what makes its addresses known: from here on nothing new comes for them.
    move_away({{places_.domains, domain + ".conf"},
               {places_.accounts, domain},
               {places_.secrets, domain},
               {places_.store, domain}});
    return {};
}

Result<void, Refusal> FileDirectory::rename_domain(const std::string& from, const std::string& to) {
    const auto guard = lock();
    const bool begun = !files_.info(domain_file(from)) && files_.info(folder(from)) && files_.info(domain_file(to));
    if (!begun && !files_.info(domain_file(from))) return refuse(Refusal::Why::not_there, "there is no domain " + from);
    if (!begun && files_.info(domain_file(to)))
        return refuse(Refusal::Why::exists, "the domain " + to + " exists already");
    for (const auto* tree : {&places_.accounts, &places_.secrets, &places_.store})
        if (files_.info(*tree + "/" + from) && files_.info(*tree + "/" + to))
            return refuse(Refusal::Why::exists, "there is a folder of that name already: " + *tree + "/" + to);
    // While it moves, mail for either name is put off: the file says what is ours, the folder is not there yet.
    if (!begun) move(domain_file(from), domain_file(to));
    for (const auto* tree : {&places_.store, &places_.secrets, &places_.accounts})
        move(*tree + "/" + from, *tree + "/" + to);
    return {};
}

Result<void, Refusal> FileDirectory::set_domain(const std::string& domain, const std::string& key,
                                                const std::optional<std::string>& value) {
    const auto guard = lock();
    const auto file = domain_file(domain);
    const auto text = files_.read(file);
    if (!text) return refuse(Refusal::Why::not_there, "there is no domain " + domain);
    return edit(domain_schema(), file, *text, key, value);
}

Result<void, Refusal> FileDirectory::may_add(const Name& name, const char* what) const {
    const auto domain = files_.read(domain_file(name.domain));
    if (!domain)
        return refuse(Refusal::Why::not_there, "there is no domain " + name.domain + "; `mdctl domain add` makes it");
    const auto read = read_domain(name.domain, *domain, domain_file(name.domain));
    if (read && !read->alias_of.empty())
        return refuse(Refusal::Why::not_there, "the domain " + name.domain + " is another name of " + read->alias_of +
                                                   ": add the " + what + " there");
    const auto found = open_entry(name);
    if (!found) return {};
    return refuse(Refusal::Why::exists,
                  "the " + std::string(found->kind->word) + " " + name.text() + " exists already");
}

Result<void, Refusal> FileDirectory::write_new(const Name& name, const EntryKind& kind, const std::string& text) {
    const auto file = entry_folder(name) + "/" + std::string(kind.file);
    if (auto faults = faults_of(kind.schema(), text, file); !faults.empty())
        return refuse(Refusal::Why::bad_value, std::move(faults));
    files_.make_directories(parent_directory(file), kFolderMode);
    files_.replace(file, text, kFileMode);
    return {};
}

Result<void, Refusal> FileDirectory::add(const Account& account, const Secret& secret) {
    const auto guard = lock();
    if (auto may = may_add(account.name, "account"); !may) return may;
    const auto text = text_of(account);
    if (auto faults = faults_of(account_schema(), text, account_file(account.name)); !faults.empty())
        return refuse(Refusal::Why::bad_value, std::move(faults));
    secrets_.write(account.name, secret);
    return write_new(account.name, entry_kinds()[0], text);
}

Result<void, Refusal> FileDirectory::add(const Alias& alias) {
    const auto guard = lock();
    if (auto may = may_add(alias.name, "alias"); !may) return may;
    return write_new(alias.name, entry_kinds()[1], text_of(alias));
}

Result<void, Refusal> FileDirectory::add(const Group& group) {
    const auto guard = lock();
    if (auto may = may_add(group.name, "group"); !may) return may;
    return write_new(group.name, entry_kinds()[2], text_of(group));
}

Result<void, Refusal> FileDirectory::set_secret(const Name& name, const Secret& secret) {
    const auto guard = lock();
    if (!files_.info(account_file(name))) return refuse(Refusal::Why::not_there, "there is no account " + name.text());
    secrets_.write(name, secret);
    return {};
}

Result<void, Refusal> FileDirectory::remove(const Name& name) {
    const auto guard = lock();
    if (!open_entry(name)) return refuse(Refusal::Why::not_there, "there is nothing of the name " + name.text());
    remove_entry(name);
    return {};
}

void FileDirectory::remove_entry(const Name& name) {
    const auto inner = name.domain + "/" + file_name(name.local_part);
    move_away({{places_.accounts, inner}, {places_.secrets, inner}, {places_.store, inner}});
}

Result<void, Refusal> FileDirectory::restore(const Name& name, std::optional<WallTime> when) {
    const auto guard = lock();
    if (auto may = may_add(name, "account"); !may) return may;
    const auto removed = removed_of(name.domain);
    if (!removed) return refuse(Refusal::Why::damaged, removed.error().text);
    const auto is_it = [&](const Removed& one) { return one.name == name && (!when || one.when == *when); };
    const auto found = std::find_if(removed->begin(), removed->end(), is_it);
    if (found == removed->end())
        return refuse(Refusal::Why::not_there,
                      "nothing of the name " + name.text() + " was removed" + (when ? " at that time" : ""));
    const auto inner = name.domain + "/" + file_name(name.local_part);
    const auto stamp = "." + std::to_string(unix_seconds(found->when));
    // What makes the address known comes last.
    for (const auto* tree : {&places_.store, &places_.secrets, &places_.accounts}) {
        const auto kept = *tree + "/.removed/" + inner + stamp;
        if (files_.info(kept)) move(kept, *tree + "/" + inner);
    }
    return {};
}

/// Between its first step and its last the account is neither known nor unknown: its mail waits.
Result<void, Refusal> FileDirectory::rename(const Name& from, const Name& to) {
    const auto guard = lock();
    const auto found = open_entry(from);
    const bool begun = is_moving(from) || is_moving(to);
    if (!found && !begun) return refuse(Refusal::Why::not_there, "there is nothing of the name " + from.text());
    if (found || is_moving(from))
        if (auto may = may_add(to, "account"); !may) return may;
    for (const auto* tree : {&places_.secrets, &places_.store})
        if (files_.info(in_tree(*tree, from)) && files_.info(in_tree(*tree, to)))
            return refuse(Refusal::Why::exists, "there is something of that name already: " + in_tree(*tree, to));
    const bool has_mail = begun || found->kind == entry_kinds().data();
    if (!begun && has_mail) move(account_file(from), account_file(from) + std::string(kMoving));
    for (const auto* tree : {&places_.store, &places_.secrets, &places_.accounts})
        move(in_tree(*tree, from), in_tree(*tree, to));
    if (has_mail) move(account_file(to) + std::string(kMoving), account_file(to));
    return {};
}

Result<void, Refusal> FileDirectory::set(const Name& name, const std::string& key,
                                         const std::optional<std::string>& value) {
    const auto guard = lock();
    const auto found = open_entry(name);
    if (!found) return refuse(Refusal::Why::not_there, "there is no account " + name.text());
    return edit(found->kind->schema(), found->file, found->text, key, value);
}

Result<ListEdited, Refusal> FileDirectory::edit_list(const Name& name, const ListEdit& wanted) {
    const auto guard = lock();
    const auto found = open_entry(name);
    if (!found) return refuse(Refusal::Why::not_there, "there is nothing of the name " + name.text());
    const auto& schema = found->kind->schema();
    const auto* row = config::find_row(schema.options, wanted.key);
    if (row == nullptr || row->type != config::Type::StringList)
        return refuse(Refusal::Why::bad_value, name.text() + " has no list " + wanted.key);
    Faults faults;
    const auto values = config::read_text(schema, found->text, found->file, faults);
    if (!faults.empty()) return refuse(Refusal::Why::damaged, one_line(faults));
    auto list = values.get<std::vector<std::string>>(static_cast<std::size_t>(row - schema.options.data()));
    ListEdited done;
    if (auto missing = take_out(list, wanted.remove); !missing.empty())
        return refuse(Refusal::Why::not_there, name.text() + " does not have " + missing);
    done.removed = wanted.remove.size();
    for (const auto& address : wanted.add) {
        if (position(list, address) != list.end()) continue;
        list.push_back(address);
        ++done.added;
    }
    done.left = list.size();
    if (list.empty() && found->kind != entry_kinds().data() && wanted.key != "send_as") {
        remove_entry(name);
        done.entry_removed = true;
        return done;
    }
    if (auto edited = edit(schema, found->file, found->text, wanted.key, toml_list(list)); !edited)
        return fail(std::move(edited).error());
    return done;
}

Result<void, Refusal> FileDirectory::edit(const config::Schema& schema, const std::string& file,
                                          const std::string& text, const std::string& key,
                                          const std::optional<std::string>& value) {
    const auto edited = config::edit_text(schema, text, file, {key, value});
    if (!edited) {
        const bool damaged = edited.error().why == config::EditRefusal::Why::bad_file;
        return refuse(damaged ? Refusal::Why::damaged : Refusal::Why::bad_value, one_line(edited.error().faults));
    }
    files_.replace(file, *edited, kFileMode);
    return {};
}

/// <tree>/<inner> becomes <tree>/.removed/<inner>.<now>, under one time in all trees; what is not there stays away.
void FileDirectory::move_away(const std::vector<TreePath>& paths) {
    const auto kept = [](const TreePath& path, std::int64_t seconds) {
        return path.tree + "/.removed/" + path.inner + "." + std::to_string(seconds);
    };
    auto seconds = unix_seconds(clock_.now());
    while (std::ranges::any_of(paths, [&](const auto& path) { return files_.info(kept(path, seconds)).has_value(); }))
        ++seconds;
    for (const auto& path : paths) move(path.tree + "/" + path.inner, kept(path, seconds));
}

/// Nothing if it is not there.
void FileDirectory::move(const std::string& from, const std::string& to) {
    if (!files_.info(from)) return;
    files_.make_directories(parent_directory(to),
                            to.find("/.removed/") == std::string::npos ? kFolderMode : kRemovedMode);
    files_.rename(from, to);
    files_.sync_directory(parent_directory(to));
    files_.sync_directory(parent_directory(from));
}

}  // namespace md::accounts
