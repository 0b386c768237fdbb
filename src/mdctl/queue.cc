// mdctl/queue.cc - `mdctl queue`: the messages that wait, as mdqueue knows them
//
// FORMAT
//   doc/formats/queue.md

#include <array>

#include "base/ids.h"
#include "config/value.h"
#include "mdctl/ask.h"

namespace md::mdctl {

namespace {

enum : std::uint16_t { kList = 1, kShow = 2, kRun = 3 };

Result<ipc::Json, Complaint> ask_queue(Context& context, std::uint16_t type, ipc::Json request) {
    const auto config = context.config();
    if (!config) return fail(config.error());
    Question question{"mdqueue", (**config)[config::opt::paths_run] + "/queue.sock", type, std::move(request)};
    question.patience =
        std::chrono::seconds(30);  // a long list is asked for in pieces, yet a busy disk may hold up one
    return ask(question);
}

Complaint bad_id(const std::string& id) {
    return {Exit::usage, "\"" + id.substr(0, 64) + "\" is no queue id; `mdctl queue list` shows them"};
}

std::string reply_of(const ipc::Json& message) {
    for (const auto& recipient :
         message.find("recipients") != nullptr ? message.find("recipients")->items() : ipc::Json::Array())
        if (auto reply = recipient.text("last_reply"); !reply.empty()) return reply;
    return {};
}

void add_row(const ipc::Json& message, Table& table) {
    const auto* recipients = message.find("recipients");
    std::string first;
    if (recipients != nullptr && !recipients->items().empty()) {
        first = recipients->items().front().text("address");
        const auto more = recipients->items().size() - 1;
        if (more > 0) first += " +" + std::to_string(more);
    }
    table.push_back({message.text("id"), message.text("queue"), message.text("arrived"),
                     config::format_size(static_cast<std::uint64_t>(message.integer("size"))),
                     "<" + message.text("sender") + ">", first, reply_of(message)});
}

Outcome list(Context& context, const Request&) {
    auto all = ipc::Json::array();
    Table table{{"ID", "QUEUE", "ARRIVED", "SIZE", "FROM", "TO", "LAST REPLY"}};
    ipc::Json cursor(0);
    do {
        const auto page = ask_queue(context, kList, ipc::Json().set("cursor", cursor));
        if (!page) return fail(page.error());
        const auto* messages = page->find("messages");
        if (messages == nullptr) return fail(Complaint{Exit::again, "mdqueue gives no list"});
        for (const auto& message : messages->items()) {
            all.add(message);
            add_row(message, table);
        }
        const auto* next = page->find("next");
        cursor = next == nullptr ? ipc::Json() : *next;
    } while (!cursor.is_null());
    context.print_list(all, table);
    return {};
}

std::string text_of(const ipc::Json& message) {
    auto out = "id       " + message.text("id") + "\nqueue    " + message.text("queue") + "\nfrom     <" +
               message.text("sender") + ">\nsize     " + std::to_string(message.integer("size")) + "\narrived  " +
               message.text("arrived") + "\n";
    if (const auto* recipients = message.find("recipients")) {
        for (const auto& recipient : recipients->items()) {
            out += "to       <" + recipient.text("address") + "> " + recipient.text("state") + ", tries " +
                   std::to_string(recipient.integer("attempts"));
            if (const auto next = recipient.text("next_attempt"); !next.empty()) out += ", next " + next;
            if (const auto reply = recipient.text("last_reply"); !reply.empty()) out += "\n         " + reply;
            out += "\n";
        }
    }
    if (const auto* history = message.find("history")) {
        for (const auto& step : history->items())
            out += step.text("time") + "  " + step.text("event") + "  " + step.text("recipient") + "  " +
                   step.text("status") + " " + step.text("text") + "\n";
    }
    return out;
}

Outcome show(Context& context, const Request& request) {
    const auto& id = request.one("ID");
    if (!QueueId::parse(id)) return fail(bad_id(id));
    const auto message = ask_queue(context, kShow, ipc::Json().set("id", id));
    if (!message) return fail(message.error());
    if (message->is_null()) return fail(Complaint{Exit::not_there, "no message " + id + " is in the queue"});
    context.print(*message, text_of(*message));
    return {};
}

Outcome run(Context& context, const Request& request) {
    std::vector<ipc::Json> questions;
    for (const auto& id : request.all("ID")) {
        if (!QueueId::parse(id)) return fail(bad_id(id));
        questions.push_back(ipc::Json().set("id", id));
    }
    if (questions.empty()) questions.push_back(ipc::Json::object());
    std::int64_t tried = 0;
    for (auto& question : questions) {
        const auto answer = ask_queue(context, kRun, std::move(question));
        if (!answer) return fail(answer.error());
        tried += answer->integer("messages");
    }
    if (request.has("ID") && tried == 0)
        return fail(Complaint{Exit::not_there, "none of these messages is in the queue"});
    context.print(ipc::Json().set("messages", tried), "trying " + std::to_string(tried) + " messages now\n");
    return {};
}

constexpr std::array kId{Argument{"ID", "the queue id of a message"}};
constexpr std::array kIds{Argument{"ID", "queue ids; without one all that wait for a next try", Argument::Count::any}};

constexpr std::array kVerbs{
    Verb{"queue", "list", {}, {}, "Lists the messages that wait, with the last reply about each.", list},
    Verb{"queue", "show", kId, {}, "Shows one message: its recipients and what has happened to it.", show},
    Verb{"queue", "run", kIds, {}, "Tries messages now instead of at their time.", run},
};

}  // namespace

std::span<const Verb> queue_verbs() {
    return kVerbs;
}

}  // namespace md::mdctl
