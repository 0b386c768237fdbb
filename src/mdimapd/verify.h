// mdimapd/verify.h - credentials to a logged-in session, the same for LOGIN and AUTHENTICATE
//
// CONTRACT
//   The password goes to the verifier and is forgotten. After an accepted one the session has its account; the reply
//   says how it went. The last failed login that is borne says BYE, too.
// RFC
//   5530 (AUTHENTICATIONFAILED, UNAVAILABLE, AUTHORIZATIONFAILED)
#pragma once

#include "async/task.h"
#include "mdimapd/reply.h"
#include "mdimapd/session.h"
#include "proto/sasl/mechanism.h"

namespace md::mdimapd {

async::Task<Reply> verify(Session& session, sasl::Credentials credentials);

}  // namespace md::mdimapd
