// mdctl/config_noun.cc - `mdctl config`: the configuration file read, explained, changed

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "config/edit.h"
#include "config/emit.h"
#include "config/value.h"
#include "delivery/report_texts.h"
#include "delivery/srs_site.h"
#include "mdctl/config_file.h"

namespace md::mdctl {

namespace {

using config::Faults;
using config::main_schema;
using config::Row;
using config::Value;

/// Bytes and seconds as numbers, lists as arrays.
ipc::Json json_of(const Row& row, const Value& value) {
    if (const auto* boolean = std::get_if<bool>(&value)) return *boolean;
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
    if (const auto* size = std::get_if<std::uint64_t>(&value)) return *size;
    const auto seconds = [](std::chrono::milliseconds duration) {
        const auto count = duration.count();
        return count % 1000 == 0 ? ipc::Json(count / 1000) : ipc::Json(static_cast<double>(count) / 1000);
    };
    if (const auto* duration = std::get_if<std::chrono::milliseconds>(&value)) return seconds(*duration);
    auto list = ipc::Json::array();
    if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
        for (const auto& text : *texts) list.add(text);
    } else if (const auto* durations = std::get_if<std::vector<std::chrono::milliseconds>>(&value)) {
        for (const auto duration : *durations) list.add(seconds(duration));
    } else if (const auto* networks = std::get_if<std::vector<Network>>(&value)) {
        for (const auto& network : *networks) list.add(network.text());
    } else {
        return config::plain_value(row, value);
    }
    return list;
}

Complaint unknown_key(const std::string& key, const std::string& nearest) {
    const auto text = "there is no key \"" + printable(key, 128) + "\"";
    const bool helps = !nearest.empty() && nearest != key;  // it names a row's field, but the row is no number
    return {Exit::not_there,
            text + (helps ? "; did you mean \"" + nearest + "\"?" : "; `mdctl config explain` lists them")};
}

/// What reports are written with.
void find_faulty_texts(const config::Config& config, const std::vector<accounts::Domain>& domains, Faults& faults) {
    std::vector<delivery::ReportTextFault> found;
    const auto folder = delivery::report_texts_folder(config);
    const auto texts = delivery::load_report_texts(real_files(), folder, found);
    for (auto& fault : found) {
        config::Position where;
        where.line = static_cast<int>(fault.line);
        faults.push_back({std::move(fault.file), where, std::move(fault.text)});
    }
    const auto look = [&](const std::string& language, const std::string& file, std::string_view key) {
        if (language.empty() || texts.knows(language)) return;
        faults.push_back(
            {file,
             {},
             std::string(key) + " is \"" + printable(language, 40) + "\", and there is no such text in " + folder});
    };
    look(config[config::opt::dsn_language], config.file(), "dsn.language");
    for (const auto& domain : domains) look(domain.report_language, domain.place, "report_language");
}

/// The domains' and accounts' own files; the configuration itself has loaded.
Faults faults_beside(Context& context) {
    Faults faults;
    const auto directory = context.directory();
    if (!directory) return faults;
    const auto names = (*directory)->domains();
    if (!names) return {{context.config_path(), {}, names.error().text}};
    std::vector<accounts::Domain> domains;
    for (const auto& name : *names) {
        const auto domain = (*directory)->find_domain(name);
        if (domain && *domain) domains.push_back(**domain);
        if (!domain) faults.push_back({(*directory)->domain_file(name), {}, domain.error().text});
        const auto accounts = (*directory)->accounts_of(name);
        if (!accounts) continue;
        for (const auto& one : *accounts) {
            const auto account = (*directory)->find(one);
            if (!account) faults.push_back({(*directory)->account_file(one), {}, account.error().text});
        }
    }
    const auto& config = **context.config();
    for (const auto* file : {&config[config::opt::tls_certificate], &config[config::opt::tls_key]})
        if (!real_files().info(*file))
            faults.push_back({*file, {}, "no such file; tls.certificate and tls.key name it"});
    find_faulty_texts(config, domains, faults);
    const auto secrets = delivery::srs_secret_file(config);
    std::string fault;
    // Without the file the daemons make it.
    if (real_files().info(secrets) && delivery::load_srs(real_files(), config, fault) != nullptr && !fault.empty())
        faults.push_back({secrets, {}, fault + "; queue.srs_secret_file names it"});
    return faults;
}

Outcome check(Context& context, const Request&) {
    Faults faults;
    if (auto loaded = config::load(context.config_path())) {
        faults = faults_beside(context);
    } else {
        faults = std::move(loaded).error();
    }
    auto list = ipc::Json::array();
    for (const auto& fault : faults) {
        list.add(ipc::Json()
                     .set("file", fault.file)
                     .set("line", fault.where.line)
                     .set("column", fault.where.column)
                     .set("text", fault.text));
    }
    if (context.json()) context.print_list(list, {});
    if (!faults.empty()) return fail(Complaint{Exit::configuration, std::string(trim(config::describe(faults)))});
    context.say(context.config_path() + ": no faults");
    return {};
}

/// The value that a key has: of an option, or of a field of a row of a group.
Result<const Value*, Complaint> value_of(const config::Config& config, const config::KeyPlace& place,
                                         const std::string& key) {
    const auto& values = config.values();
    if (place.group == nullptr)
        return &values.values[static_cast<std::size_t>(place.row - main_schema().options.data())];
    const auto& rows = values.groups[static_cast<std::size_t>(place.group - main_schema().groups.data())];
    if (place.number >= rows.size())
        return fail(Complaint{Exit::not_there, "there is no " + key + ": the file has " + std::to_string(rows.size()) +
                                                   " [[" + std::string(place.group->name) + "]]"});
    return &rows[place.number].values[static_cast<std::size_t>(place.row - place.group->fields.data())];
}

Outcome get(Context& context, const Request& request) {
    const auto& key = request.one("KEY");
    std::string nearest;
    const auto place = config::find_key(main_schema(), key, nearest);
    if (!place) return fail(unknown_key(key, nearest));
    const auto config = context.config();
    if (!config) return fail(config.error());
    const auto value = value_of(**config, *place, key);
    if (!value) return fail(value.error());
    context.print(ipc::Json().set("key", key).set("value", json_of(*place->row, **value)),
                  config::plain_value(*place->row, **value) + "\n");
    return {};
}

Outcome set(Context& context, const Request& request) {
    return edit_config(context, request.one("KEY"), request.one("VALUE"));
}

Outcome unset(Context& context, const Request& request) {
    return edit_config(context, request.one("KEY"), std::nullopt);
}

/// The rows of the groups, as they stand in the file.
void add_groups(const config::Values& values, ipc::Json& document, std::string& text) {
    const auto groups = main_schema().groups;
    for (std::size_t g = 0; g < groups.size(); ++g) {
        auto list = ipc::Json::array();
        for (const auto& row : values.groups[g]) {
            ipc::Json object;
            text += "\n[[" + std::string(groups[g].name) + "]]\n";
            for (std::size_t i = 0; i < row.values.size(); ++i) {
                const auto& field = groups[g].fields[i];
                object.set(std::string(field.key), json_of(field, row.values[i]));
                if (row.given(i))
                    text += std::string(field.key) + " = " + config::format_value(field, row.values[i]) + "\n";
            }
            list.add(std::move(object));
        }
        document.set(std::string(groups[g].name), std::move(list));
    }
}

Outcome show(Context& context, const Request& request) {
    const auto config = context.config();
    if (!config) return fail(config.error());
    const auto& values = (*config)->values();
    const auto options = main_schema().options;
    ipc::Json document = ipc::Json::object();
    std::string text;
    for (std::size_t i = 0; i < options.size(); ++i) {
        const bool changed = values.values[i] != config::default_value(options[i]);
        const bool wanted = request.has("--all") || (request.has("--changed") ? changed : values.given(i));
        if (!wanted) continue;
        document.set(std::string(options[i].key), json_of(options[i], values.values[i]));
        text += std::string(options[i].key) + " = " + config::format_value(options[i], values.values[i]) + "\n";
    }
    add_groups(values, document, text);
    context.print(document, text);
    return {};
}

/// Rows whose key is `wanted` or stands in the table or group of that name; all of them for an empty one.
std::vector<std::pair<std::string, const Row*>> rows_of(const std::string& wanted) {
    std::vector<std::pair<std::string, const Row*>> rows;
    const auto matches = [&](const std::string& key) {
        return wanted.empty() || key == wanted || key.starts_with(wanted + ".");
    };
    for (const auto& row : main_schema().options)
        if (matches(std::string(row.key))) rows.emplace_back(row.key, &row);
    for (const auto& group : main_schema().groups) {
        for (const auto& field : group.fields) {
            auto key = std::string(group.name) + "." + std::string(field.key);
            if (matches(key)) rows.emplace_back(std::move(key), &field);
        }
    }
    return rows;
}

Outcome explain(Context& context, const Request& request) {
    const auto wanted = request.value("KEY").value_or("");
    auto rows = rows_of(wanted);
    std::string nearest;
    if (const auto place = config::find_key(main_schema(), wanted, nearest); rows.empty() && place)
        rows.emplace_back(wanted, place->row);
    if (rows.empty()) return fail(unknown_key(wanted, nearest));
    auto list = ipc::Json::array();
    std::string text;
    for (const auto& [key, row] : rows) {
        const auto* const given = row->default_text;
        list.add(
            ipc::Json()
                .set("key", key)
                .set("prose", row->prose)
                .set("expected", config::expectation(*row))
                .set("default", given == config::kRequired ? ipc::Json() : json_of(*row, config::default_value(*row)))
                .set("reloadable", row->reloadable));
        text += (text.empty() ? "" : "\n") + config::explain(*row, key);
    }
    if (context.json()) {
        context.print_list(list, {});
    } else {
        context.print_raw(text);
    }
    return {};
}

constexpr std::array kKey{Argument{"KEY", "a key, such as queue.expire or listener.0.port"}};
constexpr std::array kKeyAndValue{
    Argument{"KEY", "a key, such as queue.expire or listener.0.port"},
    Argument{"VALUE", "its value in TOML; a string may stand bare"},
};
constexpr std::array kWhat{
    Argument{"KEY", "a key or a table; without it all are explained", Argument::Count::optional}};
constexpr std::array kShowFlags{
    Flag{"--all", "", "every key, those with their default included"},
    Flag{"--changed", "", "only keys whose value is not the default"},
};

constexpr std::array kVerbs{
    Verb{"config",
         "check",
         {},
         {},
         "Tells every fault of the configuration and of the domains' and accounts' files: place, what was expected, "
         "the nearest "
         "known name.",
         check},
    Verb{"config", "get", kKey, {}, "Prints the value of a key, the default where the file gives none.", get},
    Verb{"config",
         "set",
         kKeyAndValue,
         {},
         "Sets a key in the file, keeping comments and order, and has the running daemons take it over.",
         set},
    Verb{"config", "unset", kKey, {}, "Takes a key out of the file, so that its default stands.", unset},
    Verb{"config", "show", {}, kShowFlags, "Shows the keys that the file gives, and its listeners and relays.", show},
    Verb{"config",
         "explain",
         kWhat,
         {},
         "Says what a key or all keys of a table are for, what they take, and their defaults.",
         explain},
};

}  // namespace

std::span<const Verb> config_verbs() {
    return kVerbs;
}

}  // namespace md::mdctl
