// tests/fuzz/registration.h - makes many libFuzzer targets one program
//
// PURPOSE
//   Forced into each file of the replay program (-include, module.mk). It turns the definition of
//   LLVMFuzzerTestOneInput, of which a program can hold only one, into a function of that file alone and registers it
//   under the file's name. libFuzzer builds do not see this header.
#pragma once

#include <cstddef>
#include <cstdint>

namespace md::fuzz {

using Run = int (*)(const std::uint8_t* data, std::size_t size);

/// Adds a target to targets() before main() begins. `file` is its __FILE__.
struct Registration {
    Registration(const char* file, Run run);
};

}  // namespace md::fuzz

// `extern "C" int` stands in front of the name: it goes to a declaration that nobody uses.
#define LLVMFuzzerTestOneInput(data_parameter, size_parameter)                         \
    md_fuzz_unused();                                                                  \
    static int md_fuzz_run(data_parameter, size_parameter);                            \
    static const ::md::fuzz::Registration md_fuzz_registration(__FILE__, md_fuzz_run); \
    static int md_fuzz_run(data_parameter, size_parameter)
