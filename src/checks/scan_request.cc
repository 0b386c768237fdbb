// checks/scan_request.cc - see scan_request.h

#include "checks/scan_request.h"

#include "base/address.h"

namespace md::checks {

namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kMostRecipients = 1000;

}  // namespace

ipc::Json write(const ScanRequest& request) {
    auto recipients = ipc::Json::array();
    for (const auto& recipient : request.recipients) recipients.add(recipient);
    auto accounts = ipc::Json::array();
    for (const auto& account : request.accounts) accounts.add(account);
    return ipc::Json()
        .set("version", kVersion)
        .set("ip", request.ip)
        .set("host", request.host)
        .set("helo", request.helo)
        .set("account", request.account)
        .set("sender", request.sender)
        .set("recipients", std::move(recipients))
        .set("accounts", std::move(accounts));
}

std::optional<ScanRequest> read_scan_request(std::string_view text) {
    const auto json = ipc::Json::parse(text);
    if (!json || json->integer("version") != kVersion) return std::nullopt;
    ScanRequest request;
    request.ip = json->text("ip");
    request.host = json->text("host");
    request.helo = json->text("helo");
    request.account = json->text("account");
    request.sender = json->text("sender");
    if (const auto* const recipients = json->find("recipients"))
        for (const auto& recipient : recipients->items())
            request.recipients.push_back(recipient.as_text().value_or(""));
    if (const auto* const accounts = json->find("accounts"))
        for (const auto& account : accounts->items()) request.accounts.push_back(account.as_text().value_or(""));
    request.accounts.resize(request.recipients.size());
    const bool addressed = request.ip.empty() || IpAddress::parse(request.ip);
    if (!addressed || request.recipients.empty() || request.recipients.size() > kMostRecipients) return std::nullopt;
    return request;
}

}  // namespace md::checks
