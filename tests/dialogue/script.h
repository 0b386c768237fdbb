// dialogue/script.h - a conversation as a text file
//
// PURPOSE
//   A *.dlg file is a list of steps: what a client sends, what it must get, and what happens beside it. The runner
//   (runner.h) plays it against the real session of a protocol.
// FORMAT
//   # comment; empty lines mean nothing. A step is a word and a text:
//     C: text        the client sends the text and CRLF
//     C-: text       without CRLF
//     C!: text       as C:, and in a pipelined run nothing is sent behind it before its answers are there
//     C+: text       as C:, and in one write even byte by byte: the octets come in one read of the server
//     C+!: text      both; C-!: without CRLF and as C!: (without a text it connects, and says nothing)
//     S: pattern     the next line is this; `*` is any octets (but the "* " at the front of a line is itself),
//                    ${name} any octets without blanks, which it keeps under that name, or what was kept before
//     S...: pattern  lines are skipped up to one that is this
//     CLOSED         the server has closed, and said nothing more
//     TLS            the client begins TLS, as after the answer to STARTTLS
//     COMPRESS       the client compresses from here on, as after the answer to COMPRESS
//     BREAK          the connection breaks; the next step opens another
//     CONNECT tls=starttls from=192.0.2.9    how the next connection is made (none, starttls, implicit; the world's own
//                    way if nothing is said) and from where (an address, or unix: by a socket of this machine)
//     LOGIN name     connects and logs in, greeting and answers included
//     TIME 30s       so much time passes (ms, s, m, h)
//     STOP           the server is told to end
//     LOG event-id   this event is in the log
//     CONFIG key = value      before everything else: a line of mdmail.conf
//     DISK faulty    before everything else: files are kept in memory, where a world can make them fail
//   C2:, S2:, CLOSED2, BREAK2, LOGIN2 … up to 9 are those of further connections. Other words belong to the world of
//   the protocol (world.h): MAILDROP, MESSAGE, FOLDER … Lines that begin with "| " or are "|" belong to the step before
//   them, as lines of a text. In what is sent and in texts: ${name} what was kept; ${crlf}, ${lf}, ${cr}; ${hex:00ff};
//   ${repeat:3:text}; ${hexes:3:00ff}, ${hex:00ff} repeated; ${base64:text}; ${plain:user:password}, the response of
//   SASL PLAIN; ${scram:SCHEME:password:n=user,r=nonce:variable}, the client's last message of SCRAM, where the
//   variable keeps the server's first.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace md::dialogue {

struct Step {
    enum class Kind {
        send,
        expect,
        closed,
        start_tls,
        compress,
        break_off,
        connect,
        login,
        time,
        stop,
        log,
        world,
    } kind = Kind::world;
    int line = 0;
    unsigned connection = 1;
    std::string word;  ///< world
    std::string text;
    std::vector<std::string> block;  ///< the lines behind "|"
    bool without_end = false;        ///< C-:
    bool waits = false;              ///< C!:
    bool in_one_write = false;       ///< C+:
    bool skips = false;              ///< S...:
};

struct Script {
    std::string path;
    std::string config;  ///< lines of CONFIG
    bool faulty_disk = false;
    std::vector<Step> steps;
    std::string fault;  ///< not empty: the script itself is wrong, and where
};

[[nodiscard]] Script read_script(const std::string& path);

using Variables = std::map<std::string, std::string>;

/// What is sent for a text. `unknown`: the first variable that is not kept yet; empty if there is none.
[[nodiscard]] std::string expand(std::string_view text, const Variables& variables, std::string& unknown);

/// Whether a line is what the pattern says; keeps what it captures.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view line, Variables& variables);

/// The words of a text; "quoted words" hold blanks and \n.
[[nodiscard]] std::vector<std::string> words_of(std::string_view text);

}  // namespace md::dialogue
