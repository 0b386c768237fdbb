// tests/crash/day.cc - the fixed day of scenario.h

#include "crash/scenario.h"

namespace md::test::crash {

namespace {

constexpr const char* kFar = "carl@example.com";
constexpr const char* kFarther = "dora@example.edu";

std::vector<Act> morning() {
    return {
        {"receive three",
         [](Programs& p) {
             p.receive({{"one", 700, {kAnna}}, {"two", 5'000, {kAnna, kBert}}, {"three", 300, {kFar}}});
         }},
        {"take over", [](Programs& p) { p.take_over(); }},
        {"look at anna", [](Programs& p) { p.look(kAnna); }},
        {"look at bert", [](Programs& p) { p.look(kBert); }},
        {"receive a large one",
         [](Programs& p) {
             p.receive({{"four", 300, {kBert}}, {"large", 14'000, {kAnna}}});
         }},
        {"prepare", [](Programs& p) { p.prepare(); }},
        {"settle", [](Programs& p) { p.settle(); }},
        {"flag one", [](Programs& p) { p.flag(kAnna, "one", store::flag::seen); }},
        {"take over the large one", [](Programs& p) { p.take_over(); }},
        {"append", [](Programs& p) { p.append(kAnna, "appended", 900); }},
        {"receive for a group",
         [](Programs& p) {
             p.receive({{"group", 600, {kGroup}}, {"both", 600, {kBert, kGroup}}});
         }},
    };
}

/// Of the two of "seven" at one site one can be served, and the other in the evening.
std::vector<Act> noon() {
    return {
        {"fill the segment",
         [](Programs& p) {
             p.receive({{"five", 9'000, {kAnna}}, {"six", 9'000, {kBert}}, {"seven", 9'000, {kAnna, kLater, kFar}}});
         }},
        {"take over the next segment", [](Programs& p) { p.take_over(); }},
        {"expunge two", [](Programs& p) { p.expunge(kAnna, "two"); }},
        {"settle again", [](Programs& p) { p.settle(); }},
        {"hold both", [](Programs& p) { p.administer("both", spool::Act::hold); }},
        {"remove group", [](Programs& p) { p.administer("group", spool::Act::remove); }},
        {"move three", [](Programs& p) { p.administer("three", spool::Act::move, "quarantine"); }},
        {"requeue three", [](Programs& p) { p.administer("three", spool::Act::requeue); }},
        {"try three", [](Programs& p) { p.take_over(); }},
        {"other sites rest", [](Programs& p) { p.other_sites(Mood::rests); }},
        {"try what they would get", [](Programs& p) { p.take_over(); }},
        {"other sites say later", [](Programs& p) { p.other_sites(Mood::defers); }},
        {"try it again", [](Programs& p) { p.take_over(); }},
        {"rename files", [](Programs& p) { p.tidy(kAnna); }},
        {"other sites take", [](Programs& p) { p.other_sites(Mood::takes_most); }},
        {"relay", [](Programs& p) { p.take_over(); }},
    };
}

/// Two sites, one of which knows one of its two: that is reported, and the report is relayed in its turn.
std::vector<Act> afternoon() {
    return {
        {"receive for two sites",
         [](Programs& p) {
             p.receive({{"far", 600, {kFar, kNobody, kFarther}}, {"mixed", 2'000, {kAnna, kFarther}}});
         }},
        {"take that over", [](Programs& p) { p.take_over(); }},
        {"settle what is for them", [](Programs& p) { p.settle(); }},
        {"relay to both", [](Programs& p) { p.take_over(); }},
        {"relay the report", [](Programs& p) { p.take_over(); }},
    };
}

std::vector<Act> evening() {
    return {
        {"receive into a used segment",
         [](Programs& p) {
             p.prepare();
             p.receive({{"eight", 9'000, {kBert}}, {"nine", 9'000, {kAnna}}, {"ten", 9'000, {kBert}}});
         }},
        {"take over that", [](Programs& p) { p.take_over(); }},
        {"look at bert again", [](Programs& p) { p.look(kBert); }},
        {"settle that", [](Programs& p) { p.settle(); }},
        {"release both", [](Programs& p) { p.administer("both", spool::Act::release); }},
        {"other sites take all", [](Programs& p) { p.other_sites(Mood::takes); }},
        {"relay both", [](Programs& p) { p.take_over(); }},
        {"flag and expunge",
         [](Programs& p) {
             p.flag(kBert, "eight", store::flag::flagged);
             p.expunge(kBert, "four");
         }},
        {"stop receiving", [](Programs& p) { p.stop_receiving(); }},
        {"take over the rest", [](Programs& p) { p.take_over(); }},
        {"stop the manager", [](Programs& p) { p.stop_manager(); }},
    };
}

}  // namespace

const std::vector<Act>& day() {
    static const std::vector<Act> acts = [] {
        auto all = morning();
        for (const auto& part : {noon(), afternoon(), evening()}) all.insert(all.end(), part.begin(), part.end());
        return all;
    }();
    return acts;
}

/// The last turns relay: what was received, and a report that the one before has made.
void morning_after(Programs& programs, const std::string& marker) {
    programs.other_sites(Mood::takes);
    programs.take_over();
    programs.look(kAnna);
    programs.look(kBert);
    programs.receive({{marker, 400, {kAnna, kBert, kFar}}});
    programs.take_over();
    programs.settle();
    programs.take_over();
    programs.take_over();
    programs.check_all();
}

}  // namespace md::test::crash
