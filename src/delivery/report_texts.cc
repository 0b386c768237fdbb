// delivery/report_texts.cc - see report_texts.h

#include "delivery/report_texts.h"

#include <algorithm>
#include <optional>

#include "base/error.h"

namespace md::delivery {

namespace {

constexpr std::uint64_t kFileLimit = 64U << 10;

std::optional<mail::ReportKind> kind_of(std::string_view ending) {
    const auto found = std::ranges::find_if(mail::kReportKinds, [&](auto kind) { return mail::name(kind) == ending; });
    return found == mail::kReportKinds.end() ? std::nullopt : std::optional(*found);
}

}  // namespace

std::string report_texts_folder(const config::Config& config) {
    const auto& named = config[config::opt::dsn_templates];
    return named.empty() ? parent_directory(config.file()) + "/reports" : named;
}

mail::ReportTexts load_report_texts(Files& files, const std::string& folder, std::vector<ReportTextFault>& faults) {
    mail::ReportTexts texts;
    std::string path = folder;
    try {
        auto names = files.list(folder).value_or(std::vector<std::string>());
        std::ranges::sort(names);
        for (const auto& name : names) {
            const auto dot = name.rfind('.');
            const auto kind = dot == std::string::npos ? std::nullopt : kind_of(std::string_view(name).substr(dot + 1));
            if (!kind) continue;
            path = folder + "/" + name;
            const auto text = files.read_linked(path, kFileLimit);
            auto words = mail::read_report_words(*kind, name.substr(0, dot), text.value_or(""));
            if (words)
                texts.add(*kind, std::move(*words));
            else
                faults.emplace_back(path, words.error().line, words.error().text);
        }
    } catch (const SystemError& error) {
        faults.emplace_back(path, 0, error.what());
    }
    return texts;
}

}  // namespace md::delivery
