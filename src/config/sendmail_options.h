// config/sendmail_options.h - the options of sendmail(1): one table, from which it reads its words and its page is made
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace md::config::sendmail {

enum class Takes : std::uint8_t {
    nothing,
    value,  ///< the rest of its word, else the next word
    rest    ///< of its word, which may be nothing
};

struct Option {
    char letter;
    Takes takes;
    std::string_view item;  ///< as the page has it; empty: another row tells of it
    std::string_view text;
    bool foreign = false;  ///< another mail system's: taken, and means nothing
};

/// A letter whose values the page tells one by one has a row for each.
inline constexpr std::array kOptions{
    Option{'t', Takes::nothing, "-t",
           "Recipients are those of To, Cc and Bcc, and of the command line. In a message with resent fields they are "
           "those of Resent-To, Resent-Cc and Resent-Bcc."},
    Option{'i', Takes::nothing, "-i, -oi",
           "A line of a single dot does not end the message. Without it only LF or CRLF end that line, a lone CR does "
           "not."},
    Option{'f', Takes::value, "-f ADDRESS, -r ADDRESS",
           "The envelope's sender; empty or <> for the null path. Not given: the caller's login name. Everybody may "
           "set it; the log tells who did."},
    Option{'r', Takes::value, {}, {}},
    Option{'F', Takes::value, "-F NAME", "The name in the field From, which is added to a message that has none."},
    Option{'b', Takes::value, "-bm", "Sends a message; so does no -b at all."},
    Option{'b', Takes::value, "-bs", "SMTP on standard input and output."},
    Option{'b', Takes::value, "-bv", "Verifies: asks for each recipient, tells the answer, sends nothing."},
    Option{'b', Takes::value, "-bp",
           "Lists the queue, as mailq does and mdctl queue list, and needs an administrator's rights as that does."},
    Option{'b', Takes::value, "-bi, -I", "Says that aliases are live, as newaliases does."},
    Option{'I', Takes::nothing, {}, {}},
    Option{'q', Takes::rest, "-q, -qIID, -qRDOMAIN, -qSSENDER",
           "Tries what waits in the queue now, all of it or of one id, domain or sender, as mdctl queue run does; it "
           "needs the same rights."},
    Option{'B', Takes::value, "-B 7bit|8bitmime", "What the body is."},
    Option{'N', Takes::value, "-N LIST",
           "Of which the sender wants reports: never, or success, failure, delay with commas."},
    Option{'R', Takes::value, "-R hdrs|full", "How much of the message a report of a failure brings back."},
    Option{'V', Takes::value, "-V ID", "The envelope id that reports tell."},
    Option{'C', Takes::value, "-C FILE",
           "The configuration. Without it the environment variable MDMAIL_CONF names it, else it is "
           "/etc/mdmail/mdmail.conf."},
    Option{'v', Takes::nothing, "-v", "Shows the dialogue on standard error."},
    Option{'A', Takes::value, {}, {}, true},
    Option{'c', Takes::nothing, {}, {}, true},
    Option{'d', Takes::rest, {}, {}, true},
    Option{'e', Takes::value, {}, {}, true},
    Option{'G', Takes::nothing, {}, {}, true},
    Option{'h', Takes::value, {}, {}, true},
    Option{'L', Takes::value, {}, {}, true},
    Option{'m', Takes::nothing, {}, {}, true},
    Option{'n', Takes::nothing, {}, {}, true},
    Option{'O', Takes::value, {}, {}, true},
    Option{'o', Takes::value, {}, {}, true},
    Option{'p', Takes::value, {}, {}, true},
    Option{'s', Takes::nothing, {}, {}, true},
    Option{'U', Takes::nothing, {}, {}, true},
    Option{'X', Takes::value, {}, {}, true},
    Option{'x', Takes::nothing, {}, {}, true},
};

}  // namespace md::config::sendmail
