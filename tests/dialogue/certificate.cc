// dialogue/certificate.cc - see certificate.h

#include "dialogue/certificate.h"

#include "base/files.h"
#include "net/self_signed.h"
#include "support/temporary_directory.h"

namespace md::dialogue {
namespace {

std::shared_ptr<const net::TlsServer> make() {
    const test::TemporaryDirectory folder;
    const auto made = net::make_self_signed("mail.example.org");
    real_files().replace(folder / "certificate.pem", made.certificate_pem);
    real_files().replace(folder / "key.pem", made.key_pem);
    const std::vector<net::TlsIdentity> identities{net::TlsIdentity(folder / "certificate.pem", folder / "key.pem")};
    return *net::TlsServer::make(identities, "");
}

}  // namespace

std::shared_ptr<const net::TlsServer> certificate() {
    static const auto server = make();
    return server;
}

}  // namespace md::dialogue
