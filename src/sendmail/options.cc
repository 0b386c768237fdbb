// sendmail/options.cc - see options.h

#include "sendmail/options.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "config/sendmail_options.h"

namespace md::sendmail {

namespace {

using Fault = std::optional<Complaint>;
using config::sendmail::kOptions;
using config::sendmail::Option;
using config::sendmail::Takes;

Complaint usage(std::string text) {
    return {Exit::usage, std::move(text)};
}

Fault set_mode(Options& options, const std::string& value) {
    struct Row {
        std::string_view letter;
        Mode mode;
    };
    constexpr std::array kModes{Row{"m", Mode::deliver}, Row{"s", Mode::smtp}, Row{"v", Mode::verify},
                                Row{"p", Mode::list}, Row{"i", Mode::aliases}};
    for (const auto& row : kModes) {
        if (row.letter != value) continue;
        options.mode = row.mode;
        return std::nullopt;
    }
    if (value == "d" || value == "D" || value == "l")
        return usage("-b" + value + ": this program is no daemon; `mdctl start` starts those of mdmail");
    if (value == "t")
        return usage("-bt: addresses are not tested here; `mdctl account lookup ADDRESS` shows where one leads");
    return usage("-b" + printable(value, 20) + " is not offered; expected -bm, -bs, -bv, -bp or -bi");
}

Fault set_body(Options& options, const std::string& value) {
    options.eight_bit = equal_nocase(value, "8bitmime");
    if (options.eight_bit || equal_nocase(value, "7bit")) return std::nullopt;
    return usage("-B " + printable(value, 40) + ": expected 7bit or 8bitmime");
}

Fault set_notify(Options& options, const std::string& value) {
    std::string out;
    for (const auto word : split(value, ',')) {
        const bool alone = equal_nocase(word, "never");
        const bool known =
            equal_nocase(word, "success") || equal_nocase(word, "failure") || equal_nocase(word, "delay");
        if ((!alone && !known) || (alone && word.size() != value.size()))
            return usage("-N " + printable(value, 40) +
                         ": expected never, or of success, failure and delay a list with commas");
        out += (out.empty() ? "" : ",") + upper(word);
    }
    options.notify = out;
    return std::nullopt;
}

Fault set_return(Options& options, const std::string& value) {
    if (!equal_nocase(value, "hdrs") && !equal_nocase(value, "full"))
        return usage("-R " + printable(value, 40) + ": expected hdrs or full");
    options.ret = upper(value);
    return std::nullopt;
}

/// -q: the queue is run at once, of one id (-qI), domain (-qR) or sender (-qS) alone if so said.
Fault set_run(Options& options, const std::string& value) {
    options.mode = Mode::run;
    if (value.empty()) {
        options.queue_words = {"--all"};
        return std::nullopt;
    }
    const auto what = value.substr(1);
    if (!what.empty() && value[0] == 'I') {
        options.queue_words = {"--", what};
    } else if (!what.empty() && value[0] == 'R') {
        options.queue_words = {"--domain", what};
    } else if (!what.empty() && value[0] == 'S') {
        options.queue_words = {"--from", what};
    } else {
        return usage("-q" + printable(value, 40) +
                     ": mdqueue runs the queue at its times by itself; expected -q, -qIid, -qRdomain or -qSsender");
    }
    return std::nullopt;
}

Fault act(Options& options, char letter, const std::string& value) {
    switch (letter) {
        case 'B': return set_body(options, value);
        case 'C': options.config = value; break;
        case 'F': options.full_name = value; break;
        case 'I': options.mode = Mode::aliases; break;
        case 'N': return set_notify(options, value);
        case 'R': return set_return(options, value);
        case 'V': options.envelope_id = value; break;
        case 'b': return set_mode(options, value);
        case 'f':
        case 'r': options.sender = value; break;
        case 'i': options.dot_ends = false; break;
        case 'o': options.dot_ends = options.dot_ends && value != "i"; break;
        case 'q': return set_run(options, value);
        case 't': options.recipients_of_header = true; break;
        case 'v': options.verbose = true; break;
        default: break;
    }
    return std::nullopt;
}

/// Exim's -oM: what it says of the message's origin is a word of its own. Sendmail's has it attached.
bool takes_further_word(std::string_view value) {
    constexpr std::array<std::string_view, 9> kOfExim{"Ma", "Maa", "Mai", "Mas", "Mi", "Mm", "Mr", "Ms", "Mt"};
    return std::ranges::find(kOfExim, value) != kOfExim.end();
}

class Parser {
  public:
    explicit Parser(std::span<const std::string> words) : words_(words) {}

    Fault read(Options& options) {
        while (at_ < words_.size()) {
            const auto& word = words_[at_++];
            if (word == "--") break;
            if (word.size() < 2 || word[0] != '-') {
                options.recipients.push_back(word);
                continue;
            }
            if (auto fault = read_letters(options, word)) return fault;
        }
        options.recipients.insert(options.recipients.end(), words_.begin() + static_cast<std::ptrdiff_t>(at_),
                                  words_.end());
        return std::nullopt;
    }

  private:
    Fault read_letters(Options& options, const std::string& word) {
        for (std::size_t i = 1; i < word.size(); ++i) {
            const char letter = word[i];
            const auto attached = word.substr(i + 1);
            const auto option = std::ranges::find(kOptions, letter, &Option::letter);
            if (option == kOptions.end())
                return usage("unknown option -" + printable(std::string(1, letter)) + "; see sendmail(1)");
            if (option->takes == Takes::value) return read_value(options, letter, attached);
            if (option->takes == Takes::rest) return act(options, letter, attached);
            if (auto fault = act(options, letter, {})) return fault;
        }
        return std::nullopt;
    }

    Fault read_value(Options& options, char letter, const std::string& attached) {
        auto value = attached;
        if (value.empty()) {
            if (at_ == words_.size()) return usage(std::string("option -") + letter + " wants a value");
            value = words_[at_++];
        }
        if (letter == 'o' && takes_further_word(value) && at_ < words_.size()) ++at_;
        return act(options, letter, value);
    }

    std::span<const std::string> words_;
    std::size_t at_ = 0;
};

}  // namespace

Result<Options, Complaint> parse_options(std::string_view name, std::span<const std::string> words) {
    Options options;
    if (name == "mailq") options.mode = Mode::list;
    if (name == "newaliases") options.mode = Mode::aliases;
    if (auto fault = Parser(words).read(options)) return fail(std::move(*fault));
    return options;
}

}  // namespace md::sendmail
