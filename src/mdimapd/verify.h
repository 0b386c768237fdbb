// mdimapd/verify.h - a login to a logged-in session, the same for LOGIN and AUTHENTICATE
//
// CONTRACT
//   A password goes to the verifier and is forgotten. After an accepted login the session has its account; the reply
//   says how it went. The last failed login that is borne says BYE, too.
// RFC
//   5530 (AUTHENTICATIONFAILED, UNAVAILABLE, AUTHORIZATIONFAILED)
#pragma once

#include "async/task.h"
#include "auth/sasl_dialogue.h"
#include "mdimapd/reply.h"
#include "mdimapd/session.h"
#include "proto/sasl/mechanism.h"

namespace md::mdimapd {

async::Task<Reply> verify(Session& session, sasl::Credentials credentials);
/// What follows from the verifier's answer.
async::Task<Reply> admit(Session& session, auth::Attempt attempt);

}  // namespace md::mdimapd
