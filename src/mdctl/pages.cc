// mdctl/pages.cc - see pages.h

#include "mdctl/pages.h"

#include <array>

#include "base/strings.h"
#include "config/emit.h"
#include "config/manual.h"
#include "log/counter.h"
#include "log/event.h"
#include "mdctl/context.h"

namespace md::mdctl {

namespace {

std::string usage_of(const Verb& verb) {
    std::string out(verb.noun);
    if (!verb.name.empty()) out += " " + std::string(verb.name);
    for (const auto& argument : verb.arguments) {
        const std::string name(argument.name);
        switch (argument.count) {
            case Argument::Count::one: out += " " + name; break;
            case Argument::Count::optional: out += " [" + name + "]"; break;
            case Argument::Count::several: out += " " + name + " ..."; break;
            case Argument::Count::any: out += " [" + name + " ...]"; break;
        }
    }
    for (const auto& flag : verb.flags) {
        const auto text = std::string(flag.name) + (flag.value.empty() ? "" : " " + std::string(flag.value));
        out += flag.required ? " " + text : " [" + text + "]";
    }
    return out;
}

std::string prose_of(const Verb& verb) {
    std::string out(verb.prose);
    for (const auto& argument : verb.arguments)
        out += " " + std::string(argument.name) + ": " + std::string(argument.prose) + ".";
    for (const auto& flag : verb.flags) out += " " + std::string(flag.name) + ": " + std::string(flag.prose) + ".";
    return out;
}

void add_exit_codes(config::Manual& page) {
    page.heading("EXIT STATUS");
    page.begin_list();
    page.item("0", "Done.");
    page.item("1", "The answer is no: a check failed, or nothing was found. An empty list is 0.");
    page.item("64", "Wrong use: the command line itself, a malformed address included.");
    page.item("65", "Bad content of a file or of standard input.");
    page.item("66", "There is no such thing.");
    page.item("69", "A daemon that is needed does not run.");
    page.item("73", "It exists already.");
    page.item("75", "The machine or a daemon could not do it now; try again.");
    page.item("77", "Not allowed.");
    page.item("78", "The configuration has faults.");
    page.end_list();
}

std::string command_page() {
    config::Manual page("mdctl", 8, "manages the mdmail suite");
    page.heading("DESCRIPTION");
    page.paragraph(
        "Every act of an administrator is a noun and a verb. What was asked for is written to standard output, as text "
        "or with "
        "--json as one document; errors are one line on standard error: what, why, what to do.");
    page.begin_list();
    page.item("-c FILE",
              "The configuration. Without it the environment variable MDMAIL_CONF names it, else it is "
              "/etc/mdmail/mdmail.conf.");
    page.item("--json", "One JSON document instead of text for people.");
    page.item("--json-lines", "Of a list: one JSON object a line.");
    page.item("--quiet", "Says nothing where the exit status says it.");
    page.end_list();
    page.heading("COMMANDS");
    for (const auto& noun : all_nouns()) {
        if (noun.verbs.empty()) continue;
        page.subheading(noun.name);
        page.paragraph("About " + std::string(noun.prose) + ".");
        page.begin_list();
        for (const auto& verb : noun.verbs) page.item(usage_of(verb), prose_of(verb));
        page.end_list();
    }
    add_exit_codes(page);
    page.see_also(
        "mdmail.conf 5, mdmail-events 7, mdmail-stats 7, mdfilterd 8, mdimapd 8, mdpop3d 8, mdqueue 8, mdsmtpd 8");
    return page.text();
}

struct Child {
    std::string_view name;
    std::string_view prose;  ///< with the user on an installed system
};

struct Daemon {
    std::string_view name;
    std::string_view summary;
    std::string_view prose;
    std::span<const Child> children;
};

constexpr Child kAuthChild{"auth",
                           "User mdauth. Alone reads the secrets: checks passwords, remembers a right one for a short "
                           "while, and bars who guesses."};

constexpr std::array kReceiptChildren{
    kAuthChild, Child{"session",
                      "User mdsmtpd; as many as the option workers says. Speaks SMTP and LMTP, and appends "
                      "to an intake journal of its own."}};
constexpr std::array kMailboxChildren{
    kAuthChild, Child{"session",
                      "User mdmail; as many as the option workers says. Serves the mailboxes of those who "
                      "have logged in."}};
constexpr std::array kQueueChildren{
    Child{"manager", "User mdqueue. Owns the intake journals' end and the spool; answers the queue verbs of mdctl."},
    Child{"deliver", "User mdmail; as many as the option workers says. Puts messages into mailboxes."}};
constexpr std::array kFilterChildren{
    Child{"state", "User mdfilterd. Owns the black and white lists, in Berkeley DB, and publishes them."},
    Child{"judge", "User mdfilterd; as many as the option workers says. Speaks the milter protocol."}};

constexpr std::array kDaemonPages{
    Daemon{"mdsmtpd", "receives mail by SMTP, submission and LMTP",
           "mdsmtpd says 250 only when a message is on disk. It never reads or writes a mailbox or the spool: mdqueue "
           "takes the messages over. Where it listens say the listener tables of mdmail.conf with the protocols smtp, "
           "submission and lmtp.",
           kReceiptChildren},
    Daemon{"mdimapd", "serves mailboxes by IMAP",
           "No password is taken before TLS. Where it listens say the listener tables of mdmail.conf with the protocol "
           "imap.",
           kMailboxChildren},
    Daemon{"mdpop3d", "serves mailboxes by POP3",
           "No password is taken before TLS. Where it listens say the listener tables of mdmail.conf with the protocol "
           "pop3.",
           kMailboxChildren},
    Daemon{"mdqueue", "delivers mail, and keeps what cannot be delivered yet",
           "mdqueue takes messages from the intake journals into mailboxes. What cannot be delivered now waits in the "
           "spool and is tried again; what cannot be delivered at all goes back to its sender. It does not listen to "
           "the network.",
           kQueueChildren},
    Daemon{"mdfilterd", "judges messages and clients",
           "mdfilterd serves the milter protocol, to mdsmtpd and mdqueue on a socket of its own, and to other mail "
           "servers on those of the option filter.listen. Without it mail of strangers is answered 451, and mail of "
           "people who logged in waits in the queue holding.",
           kFilterChildren},
};

std::string daemon_page(const Daemon& daemon) {
    const std::string name(daemon.name);
    config::Manual page(name, 8, daemon.summary);
    page.heading("SYNOPSIS");
    page.example(name + " [-c FILE] [--foreground]\n" + name + " --help\n" + name + " --version\n");
    page.heading("DESCRIPTION");
    page.paragraph(daemon.prose);
    page.paragraph("mdctl start, stop, reload and status manage it. By itself it runs until it is told to end.");
    page.begin_list();
    page.item("-c FILE",
              "The configuration. Without it the environment variable MDMAIL_CONF names it, else it is "
              "/etc/mdmail/mdmail.conf.");
    page.item("--foreground", "Writes its log to standard error, whatever the configuration says.");
    page.end_list();
    page.heading("PROCESSES");
    page.paragraph(
        "A parent opens the listeners and supervises; its children do the work. One that crashes takes its own "
        "sessions with it, is told to the log, and is replaced: at once, then after 0.1 s doubling to 10 s. A private "
        "instance runs all of them as its caller.");
    page.begin_list();
    for (const auto& child : daemon.children) page.item(child.name, child.prose);
    page.end_list();
    page.heading("SIGNALS");
    page.begin_list();
    page.item("SIGHUP", "Reads the configuration anew, as mdctl reload does; with a fault in it nothing changes.");
    page.item("SIGTERM, SIGINT", "Accepts no more, lets sessions end for daemon.drain_timeout at most, and ends.");
    page.end_list();
    page.heading("EXIT STATUS");
    page.begin_list();
    page.item("0", "Told to end.");
    page.item("64", "Wrong use.");
    page.item("78", "The configuration has faults; all of them are told.");
    page.end_list();
    page.see_also("mdmail.conf 5, mdmail-events 7, mdctl 8");
    return page.text();
}

template <std::size_t index>
std::string nth_daemon_page() {
    return daemon_page(kDaemonPages[index]);
}

std::string events_page() {
    config::Manual page("mdmail-events", 7, "what the daemons of mdmail write to their logs");
    page.heading("DESCRIPTION");
    page.paragraph(
        "A line of the log has a time, the daemon and its child, the level, the session, the event, and the fields of "
        "the event. Events keep their names and their fields; new fields come at the end. mdctl log follow shows them "
        "as they happen.");
    page.heading("EVENTS");
    page.begin_list();
    for (const auto& row : log::events()) {
        std::string text(row.prose);
        text += " Level: " + std::string(log::name(row.level)) + ".";
        if (!row.fields.empty()) text += " Fields: " + std::string(row.fields) + ".";
        page.item(row.id, text);
    }
    page.end_list();
    page.see_also("mdmail.conf 5, mdctl 8");
    return page.text();
}

std::string stats_page() {
    config::Manual page("mdmail-stats", 7, "what the daemons of mdmail count");
    page.heading("DESCRIPTION");
    page.paragraph(
        "mdctl stats shows a name and a value a line. A name is the daemon (smtp: mdsmtpd, imap: mdimapd, pop3: "
        "mdpop3d, queue: mdqueue, filter: mdfilterd) and what is counted. Names keep their meaning; new ones may be "
        "added. Counters begin at 0 when a daemon starts, go on through a reload, and lose nothing when one of its "
        "children ends. Names ending in _now are gauges: what is so at the moment. Those ending in .since are the time "
        "from which on the counters of that daemon count.");
    for (const auto& who : log::who_counts()) {
        page.heading("COUNTERS OF " + upper(who.daemon));
        page.begin_list();
        for (const auto& row : log::counters())
            if ((row.daemons & who.bit) != 0)
                page.item(std::string(who.prefix) + "." + std::string(row.name), row.prose);
        page.end_list();
    }
    page.heading("GAUGES");
    page.begin_list();
    page.item("sessions_now", "Of each daemon: the sessions of all its children.");
    page.item("workers_now", "Of each daemon: its child processes, without those that serve their last sessions.");
    page.item("queue.QUEUE_now", "The messages in each queue: incoming, remote, retry, holding, quarantine, bad.");
    page.end_list();
    page.see_also("mdmail-events 7, mdctl 8");
    return page.text();
}

std::string options_page() {
    return config::configuration_page(config::main_schema());
}

std::string sample() {
    return config::sample_file(config::main_schema());
}

constexpr std::array kPages{
    Page{"mdctl.8", command_page},         Page{"mdmail.conf.5", options_page},
    Page{"mdmail-events.7", events_page},  Page{"mdsmtpd.8", nth_daemon_page<0>},
    Page{"mdimapd.8", nth_daemon_page<1>}, Page{"mdpop3d.8", nth_daemon_page<2>},
    Page{"mdqueue.8", nth_daemon_page<3>}, Page{"mdfilterd.8", nth_daemon_page<4>},
    Page{"mdmail-stats.7", stats_page},    Page{"sendmail.1", sendmail_page},
    Page{"mdmail.conf.sample", sample},
};

}  // namespace

std::span<const Page> pages() {
    return kPages;
}

}  // namespace md::mdctl
