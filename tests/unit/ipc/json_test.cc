// tests/unit/ipc/json_test.cc - ipc/json.h

#include "ipc/json.h"

#include <gtest/gtest.h>

namespace md::ipc {
namespace {

TEST(Json, IsWrittenInTheOrderInWhichItWasMade) {
    Json json;
    json.set("name", "mdsmtpd").set("pid", 12).set("ok", true).set("list", Json::array().add(1).add("x").add(Json()));
    EXPECT_EQ(json.dump(), R"({"name":"mdsmtpd","pid":12,"ok":true,"list":[1,"x",null]})");
}

TEST(Json, IsReadBack) {
    const auto json = Json::parse(R"( {"a":[1,-2,3.5,true,null,"é"],"b":{},"c":"t","d":9} )");
    ASSERT_TRUE(json);
    EXPECT_EQ(json->find("a")->items().size(), 6U);
    EXPECT_EQ(json->text("c"), "t");
    EXPECT_EQ(json->integer("d"), 9);
    EXPECT_EQ(json->integer("c", 5), 5);
    EXPECT_EQ(json->text("missing", "f"), "f");
    EXPECT_EQ(*json->find("a")->items()[2].as_real(), 3.5);
    EXPECT_TRUE(json->find("b")->is_object());
}

TEST(Json, RefusesWhatIsNone) {
    for (const char* text : {"", "{", "{}{}", "[1,]", "{'a':1}", "nul", "\"\xff\""})
        EXPECT_FALSE(Json::parse(text)) << text;
}

TEST(Json, RefusesDeepNesting) {
    EXPECT_TRUE(Json::parse(std::string(60, '[') + std::string(60, ']')));
    EXPECT_FALSE(Json::parse(std::string(100'000, '[') + std::string(100'000, ']')));
    EXPECT_FALSE(Json::parse(std::string(100'000, '[')));
}

TEST(Json, NeverFailsOnOctetsThatAreNoText) {
    EXPECT_EQ(Json("a\xff z").dump(), "\"a\xef\xbf\xbd z\"");
}

}  // namespace
}  // namespace md::ipc
