// delivery/report_texts.h - the texts of reports that an administrator has written (dsn.templates)
//
// CONTRACT
//   Blocks (files). Files are named LANGUAGE.failure, LANGUAGE.delay, LANGUAGE.success; others are passed over, as is
//   what is faulty, which `faults` tells. No such folder: there are none.
#pragma once

#include <string>
#include <vector>

#include "base/files.h"
#include "config/config.h"
#include "mail/report_words.h"

namespace md::delivery {

struct ReportTextFault {
    std::string file;
    std::size_t line = 0;  ///< 0: of no line
    std::string text;

    ReportTextFault(std::string f, std::size_t l, std::string t) : file(std::move(f)), line(l), text(std::move(t)) {}
};

/// dsn.templates, or where they are without that.
[[nodiscard]] std::string report_texts_folder(const config::Config& config);

[[nodiscard]] mail::ReportTexts load_report_texts(Files& files, const std::string& folder,
                                                  std::vector<ReportTextFault>& faults);

}  // namespace md::delivery
