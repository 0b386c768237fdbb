// mdctl/context.h - what every verb works with: the configuration, the output, the person's input
//
// CONTRACT
//   The configuration is read once, when a verb first asks for it. Output is written when it is complete: a verb that
//   fails prints nothing of its answer, but for a listing of files of which some are damaged: it shows the others, and
//   for one that is printed while it comes (list_stream.h).
#pragma once

#include <memory>

#include "accounts/file_directory.h"
#include "config/config.h"
#include "ipc/json.h"
#include "mdctl/command_line.h"

namespace md::mdctl {

/// Columns of equal width; the first row is the heading.
using Table = std::vector<std::vector<std::string>>;
[[nodiscard]] std::vector<std::size_t> widths_of(const Table& table);
/// A longer text than its column is wide pushes the rest of its row.
[[nodiscard]] std::string text_of(const Table& table, const std::vector<std::size_t>& widths);

class Context {
  public:
    explicit Context(GlobalOptions options);

    /// -c, $MDMAIL_CONF or /etc/mdmail/mdmail.conf; absolute.
    [[nodiscard]] const std::string& config_path() const noexcept { return config_path_; }
    /// Complaint 78 with all its faults.
    [[nodiscard]] Result<config::ConfigPointer, Complaint> config();
    /// The same, but a faulty file is taken for what stands in it: who wants to end what runs needs no more. Complaint
    /// 78 if it is no TOML.
    [[nodiscard]] Result<config::ConfigPointer, Complaint> config_despite_faults();
    [[nodiscard]] Result<accounts::FileDirectory*, Complaint> directory();

    [[nodiscard]] bool json() const noexcept { return options_.json || options_.json_lines; }
    [[nodiscard]] bool json_lines() const noexcept { return options_.json_lines; }
    [[nodiscard]] bool quiet() const noexcept { return options_.quiet; }

    /// A list: objects for --json and --json-lines, the table for people (not shown if it has no rows but its heading).
    void print_list(const ipc::Json& list, const Table& table);
    void print(const ipc::Json& document, std::string_view text);
    /// What was done, for people; with --json an object {"done": ...} is not needed, so nothing.
    void say(std::string_view text);
    void print_raw(std::string_view text);

    /// The first line of standard input (--password-stdin), or asked for twice on a terminal.
    [[nodiscard]] Result<std::string, Complaint> new_password(bool from_stdin);
    /// Likewise, one that is there already: asked for once.
    [[nodiscard]] Result<std::string, Complaint> old_password(bool from_stdin);
    /// --yes, or a yes on a terminal.
    [[nodiscard]] Outcome confirm(bool yes, std::string_view question);

  private:
    [[nodiscard]] Result<std::string, Complaint> read_password(bool from_stdin, bool twice);

    GlobalOptions options_;
    std::string config_path_;
    config::ConfigPointer config_;
    std::unique_ptr<accounts::FileDirectory> directory_;
};

}  // namespace md::mdctl
