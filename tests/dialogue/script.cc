// dialogue/script.cc - see script.h: reading a file

#include "dialogue/script.h"

#include <array>
#include <fstream>
#include <utility>

#include "base/strings.h"

namespace md::dialogue {
namespace {

struct WordRow {
    std::string_view word;
    Step::Kind kind;
};

constexpr std::array kWords{
    WordRow{"C:", Step::Kind::send},           WordRow{"C-:", Step::Kind::send},
    WordRow{"C-!:", Step::Kind::send},         WordRow{"C!:", Step::Kind::send},
    WordRow{"C+:", Step::Kind::send},          WordRow{"C+!:", Step::Kind::send},
    WordRow{"S:", Step::Kind::expect},         WordRow{"S...:", Step::Kind::expect},
    WordRow{"CLOSED", Step::Kind::closed},     WordRow{"TLS", Step::Kind::start_tls},
    WordRow{"BREAK", Step::Kind::break_off},   WordRow{"CONNECT", Step::Kind::connect},
    WordRow{"LOGIN", Step::Kind::login},       WordRow{"TIME", Step::Kind::time},
    WordRow{"STOP", Step::Kind::stop},         WordRow{"LOG", Step::Kind::log},
    WordRow{"COMPRESS", Step::Kind::compress},
};

/// Takes the number of the connection out of a word: "C2:" is "C:" of the second.
unsigned take_connection(std::string& word) {
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (!is_digit(word[i])) continue;
        const auto number = static_cast<unsigned>(word[i] - '0');
        word.erase(i, 1);
        return number;
    }
    return 1;
}

Step step_of(std::string_view line, int number) {
    const auto blank = line.find(' ');
    std::string word(line.substr(0, blank));
    Step step;
    step.line = number;
    if (blank != std::string_view::npos) step.text = line.substr(blank + 1);
    const auto given = word;
    step.connection = take_connection(word);
    for (const auto& row : kWords) {
        if (row.word != word) continue;
        step.kind = row.kind;
        step.without_end = word == "C-:" || word == "C-!:";
        step.waits = word == "C!:" || word == "C+!:" || word == "C-!:";
        step.in_one_write = word == "C+:" || word == "C+!:";
        step.skips = word == "S...:";
        return step;
    }
    step.connection = 1;
    step.word = given;
    return step;
}

/// What is wrong with the line; empty: nothing.
std::string_view add_line(Script& script, const std::string& line, int number) {
    if (line.empty() || line.front() == '#') return "";
    if (line == "|" || line.starts_with("| ")) {
        if (script.steps.empty()) return "a text of no step";
        script.steps.back().block.push_back(line.substr(line.size() > 1 ? 2 : 1));
        return "";
    }
    const bool config = line.starts_with("CONFIG ");
    if (!config && line != "DISK faulty") {
        script.steps.push_back(step_of(line, number));
        return "";
    }
    if (!script.steps.empty()) return "this comes before all steps";
    if (config) {
        script.config += line.substr(7) + "\n";
    } else {
        script.faulty_disk = true;
    }
    return "";
}

}  // namespace

Script read_script(const std::string& path) {
    Script script;
    script.path = path;
    std::ifstream file(path, std::ios::binary);
    if (!file) script.fault = path + ": cannot be read";
    int number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        const auto fault = add_line(script, line, number);
        if (!fault.empty()) script.fault = path + ":" + std::to_string(number) + ": " + std::string(fault);
    }
    return script;
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    bool quoted = false;
    bool begun = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted && c == '\\' && i + 1 < text.size()) {
            ++i;
            word += text[i] == 'n' ? '\n' : text[i];
        } else if (c == '"') {
            quoted = !quoted;
            begun = true;
        } else if (c == ' ' && !quoted) {
            if (begun) words.push_back(std::exchange(word, {}));
            begun = false;
        } else {
            word += c;
            begun = true;
        }
    }
    if (begun) words.push_back(word);
    return words;
}

}  // namespace md::dialogue
