// tests/fuzz/replay.cc - runs every fuzz target over its samples and over mutations of them
//
// PURPOSE
//   What libFuzzer found and what the corpus holds is tried again in every make check, without libFuzzer.
//     fuzz_replay [--mutations N] [--seconds N] [NAME...]
// CONTRACT
//   Each target runs in a child process: a crash, a sanitizer's report or a hang fails that target and no other, and
//   its last input is left in the current folder as fuzz-NAME.failed. The mutations are the same on every run and
//   machine. A target without samples fails. Exits 0 if all passed, 1 if one failed, 64 on wrong use. $srcdir is the
//   top of the source tree (the test driver sets it; the current folder otherwise).

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "fuzz/registration.h"
#include "fuzz/replay_mutate.h"

namespace md::fuzz {

namespace {

/// One input may take this long, even under sanitizers.
constexpr unsigned kInputSeconds = 10;

struct Options {
    std::size_t mutations = 150;  ///< of each sample
    unsigned seconds = 20;        ///< for the mutations of one target; the samples always run
    std::vector<std::string> names;
};

/// What the parent can still read after the child has died.
struct Shared {
    std::size_t inputs = 0;
    std::size_t size = 0;
    char input[kLargest];
};

std::map<std::string, Run>& targets() {
    static std::map<std::string, Run> all;
    return all;
}

std::string content(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// In the order of their names, so that every run is the same.
std::vector<std::string> read_samples(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> paths;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder, none)) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    std::vector<std::string> samples;
    for (const auto& path : paths) samples.push_back(content(path).substr(0, kLargest));
    return samples;
}

void run_input(Run run, const std::string& input, Shared& shared) {
    shared.size = input.size();
    std::memcpy(shared.input, input.data(), input.size());
    ++shared.inputs;
    alarm(kInputSeconds);
    // A copy of the exact size on the heap: a read past its end is seen by AddressSanitizer.
    const std::vector<std::uint8_t> exact(input.begin(), input.end());
    run(exact.data(), exact.size());
}

void run_all(Run run, const std::vector<std::string>& samples, const std::vector<std::string>& tokens,
             const Options& options, Shared& shared) {
    run_input(run, "", shared);
    for (const auto& sample : samples) run_input(run, sample, shared);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(options.seconds);
    Mutator mutator(0x6d646d61696c, samples, tokens);
    for (std::size_t round = 0; round < options.mutations; ++round) {
        for (const auto& sample : samples) {
            run_input(run, mutator.mutate(sample), shared);
            if (std::chrono::steady_clock::now() > end) return;
        }
    }
}

bool report(const std::string& name, int status, const Shared& shared) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        std::printf("PASS: fuzz %s (%zu inputs)\n", name.c_str(), shared.inputs);
        return true;
    }
    const auto kept = "fuzz-" + name + ".failed";
    std::ofstream(kept, std::ios::binary).write(shared.input, static_cast<std::streamsize>(shared.size));
    const bool late = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
    std::printf("FAIL: fuzz %s: input %zu %s; see %s\n", name.c_str(), shared.inputs,
                late ? "took too long" : "crashed", kept.c_str());
    return false;
}

bool replay(const std::string& name, Run run, const std::filesystem::path& folder, const Options& options) {
    const auto samples = read_samples(folder / "corpus" / name);
    const auto tokens = parse_dictionary(content(folder / "dictionaries" / (name + ".dict")));
    if (samples.empty()) {
        std::printf("FAIL: fuzz %s: no samples in %s\n", name.c_str(), (folder / "corpus" / name).c_str());
        return false;
    }
    void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
    auto* shared = new (memory) Shared;
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (child == 0) {
        run_all(run, samples, tokens, options, *shared);
        std::exit(0);  // through exit(), so that LeakSanitizer looks too
    }
    int status = 0;
    waitpid(child, &status, 0);
    const bool passed = report(name, status, *shared);
    munmap(memory, sizeof(Shared));
    return passed;
}

Options read_options(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--mutations" && i + 1 < argc) {
            options.mutations = std::strtoul(argv[++i], nullptr, 10);
        } else if (word == "--seconds" && i + 1 < argc) {
            options.seconds = static_cast<unsigned>(std::strtoul(argv[++i], nullptr, 10));
        } else if (word.starts_with('-') || targets().count(argv[i]) == 0) {
            std::fprintf(stderr, "usage: fuzz_replay [--mutations N] [--seconds N] [NAME...]; targets:");
            for (const auto& [name, run] : targets()) std::fprintf(stderr, " %s", name.c_str());
            std::fprintf(stderr, "\n");
            std::exit(64);
        } else {
            options.names.emplace_back(word);
        }
    }
    return options;
}

}  // namespace

Registration::Registration(const char* file, Run run) {
    targets().emplace(std::filesystem::path(file).stem(), run);
}

int main(int argc, char** argv) {
    const auto options = read_options(argc, argv);
    const char* source = std::getenv("srcdir");
    const auto folder = std::filesystem::path(source != nullptr ? source : ".") / "tests" / "fuzz";
    bool passed = true;
    for (const auto& [name, run] : targets()) {
        const bool wanted = options.names.empty() || std::count(options.names.begin(), options.names.end(), name) > 0;
        if (wanted && !replay(name, run, folder, options)) passed = false;
    }
    return passed ? 0 : 1;
}

}  // namespace md::fuzz

int main(int argc, char** argv) {
    return md::fuzz::main(argc, argv);
}
