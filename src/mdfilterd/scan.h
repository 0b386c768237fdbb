// mdfilterd/scan.h - a file judged as if it came by SMTP now, and all that was found told
//
// PURPOSE
//   What `mdctl filter scan` asks for. The same checks at the same steps as a live session's, so that the two agree.
// CONTRACT
//   Nothing is kept, counted or changed. A recipient that would be refused at RCPT is not among those of the message,
//   as with a live client; if none is left the message is not looked into.
// FORMAT
//   doc/formats/filter-scan.md
#pragma once

#include "async/worker_pool.h"
#include "checks/pipeline.h"
#include "checks/scan_request.h"
#include "config/config.h"
#include "ipc/server.h"

namespace md::mdfilterd {

/// `message` with LF or CRLF line ends.
async::Task<ipc::Json> scan(const checks::Pipeline& pipeline, async::Scope& scope, const config::Config& config,
                            log::Logger log, checks::ScanRequest request, std::string message);

/// Answers kScan: the text of a ScanRequest and one descriptor of a regular file.
async::Task<ipc::Reply> answer_scan(const checks::Pipeline& pipeline, async::Scope& scope, async::WorkerPool& pool,
                                    const config::Config& config, log::Logger log, ipc::Call call);

}  // namespace md::mdfilterd
