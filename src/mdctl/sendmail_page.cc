// mdctl/sendmail_page.cc - sendmail(1), which is mailq(1) and newaliases(1) as well; see pages.h

#include "config/manual.h"
#include "config/sendmail_options.h"
#include "mdctl/pages.h"

namespace md::mdctl {

namespace {

void add_options(config::Manual& page) {
    std::string foreign;
    page.begin_list();
    for (const auto& option : config::sendmail::kOptions) {
        if (!option.item.empty()) page.item(option.item, option.text);
        if (option.foreign) foreign += (foreign.empty() ? "-" : ", -") + std::string(1, option.letter);
    }
    page.item("--", "Ends the options.");
    page.item(foreign,
              "Options of other mail systems, with their values. They are taken and mean nothing. The value of -oMa, "
              "-oMr, -oMs and their kin may be a word of its own, as Exim has it.");
    page.end_list();
}

void add_exit_codes(config::Manual& page) {
    page.heading("EXIT STATUS");
    page.paragraph(
        "With 0 the message is on disk for every recipient. If only some recipients are refused the others get it; "
        "each that is refused is a line on standard error with the server's answer, and the status is that of the "
        "first refusal. 75 is said only if nobody has got the message, so that who sends it again then sends nothing "
        "twice; but a server that goes away at the very end, before it says whether it has the message, may have "
        "taken it.");
    page.begin_list();
    page.item("0", "Done.");
    page.item("64", "Wrong use.");
    page.item("65", "The message names no recipient, an address is none, or the header is larger than 1 MiB.");
    page.item("66", "There is no standard input.");
    page.item("67", "There is no such recipient (5.1.1), or no such host (5.1.2).");
    page.item("69",
              "The server refused the message, the sender or a recipient, the message is larger than "
              "smtp.max_message_size, or some have the message and the others could not get it now.");
    page.item("74", "Standard input or the temporary file cannot be read.");
    page.item("75", "Not now, and nobody has it: mdsmtpd did not answer, or told to try again, for too long.");
    page.item("77", "Not allowed (5.7), the sender or a recipient.");
    page.item("78", "The configuration cannot be read, or has no listener for local users.");
    page.end_list();
}

}  // namespace

std::string sendmail_page() {
    config::Manual page("sendmail", 1, "sends mail of local programs");
    page.heading("SYNOPSIS");
    page.example("sendmail [options] [recipient ...]\nmailq\nnewaliases\n");
    page.heading("DESCRIPTION");
    page.paragraph(
        "sendmail reads a message from standard input to its end, or to a line of a single dot, and gives it to "
        "mdsmtpd by the "
        "listener for local users (mdmail.conf: protocol submission, address unix:/path, auth off). It has no "
        "privilege: the "
        "system tells mdsmtpd whose program it is, which stands in the log and, as a number, in the field Received.");
    page.paragraph(
        "Line ends may be LF or CRLF. The fields Date, Message-ID and From are added where they are missing, and "
        "addresses without a domain get that of this site: the domain here that has the hostname's name, else the "
        "nearest one that the host lies in (example.org for mail.example.org), else the only one. Where there are "
        "several and none is the host's they are refused for now. Bcc is removed.");
    page.paragraph(
        "All is read before anything is sent; large messages wait in a temporary file. If mdsmtpd is being restarted, "
        "or cannot take the message now, it is tried again until nothing has got on for 10 seconds, or for 60 where "
        "standard input is no terminal.");
    page.paragraph(
        "Local users may send as anybody: submission.sender_must_match is for logins. Mail for root goes where "
        "`mdctl alias add root@DOMAIN ADDRESS` says.");
    page.heading("OPTIONS");
    add_options(page);
    page.heading("ENVIRONMENT");
    page.begin_list();
    page.item("NAME", "The name in the field From, where -F gives none; else that of the user database.");
    page.item("MDMAIL_CONF", "The configuration, where -C gives none.");
    page.item("TMPDIR", "Where large messages wait; else /tmp.");
    page.end_list();
    add_exit_codes(page);
    page.see_also("mdmail.conf 5, mdctl 8, mdsmtpd 8");
    return page.text();
}

}  // namespace md::mdctl
