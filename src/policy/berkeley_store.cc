// policy/berkeley_store.cc - see berkeley_store.h

#include "policy/berkeley_store.h"

#include <db.h>

#include <cerrno>
#include <map>
#include <utility>

#include "base/error.h"

namespace md::policy {

namespace {

constexpr std::uint32_t kCacheBytes = 16U << 20;
constexpr std::uint32_t kLogFileBytes = 4U << 20;
/// Log written since the last checkpoint, in KiB, after which one is made: what a start must read again.
constexpr std::uint32_t kCheckpointKib = 2048;
constexpr const char* kFile = "policy.db";

/// Berkeley DB has codes of its own below zero.
[[noreturn]] void failed(std::string_view operation, const std::string& path, int code) {
    if (code > 0) throw SystemError(operation, path, code);
    throw SystemError(std::string(operation) + " (" + db_strerror(code) + ")", path, EIO);
}

DBT dbt(std::string_view octets) {
    DBT out{};
    out.data = const_cast<char*>(octets.data());
    out.size = static_cast<std::uint32_t>(octets.size());
    return out;
}

std::string_view view(const DBT& octets) {
    return {static_cast<const char*>(octets.data), octets.size};
}

/// Aborts unless it was committed.
class Transaction {
  public:
    Transaction(DB_ENV* env, const std::string& path) : path_(path) {
        if (const int code = env->txn_begin(env, nullptr, &txn_, 0)) failed("txn_begin", path_, code);
    }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction() {
        if (txn_ != nullptr) txn_->abort(txn_);
    }
    [[nodiscard]] DB_TXN* get() const noexcept { return txn_; }
    void commit() {
        auto* const txn = std::exchange(txn_, nullptr);  // gone whatever commit says
        if (const int code = txn->commit(txn, DB_TXN_SYNC)) failed("txn_commit", path_, code);
    }

  private:
    const std::string& path_;
    DB_TXN* txn_ = nullptr;
};

/// Closed by its destructor.
class Cursor {
  public:
    Cursor(DB* db, const std::string& path) {
        if (const int code = db->cursor(db, nullptr, &cursor_, 0)) failed("cursor", path, code);
    }
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;
    ~Cursor() { cursor_->close(cursor_); }
    [[nodiscard]] DBC* operator->() const noexcept { return cursor_; }
    [[nodiscard]] DBC* get() const noexcept { return cursor_; }

  private:
    DBC* cursor_ = nullptr;
};

}  // namespace

struct BerkeleyStore::Handles {
    explicit Handles(std::string folder) : path(std::move(folder)) {}
    ~Handles() {
        for (auto& [name, table] : tables) table->close(table, 0);
        if (env == nullptr) return;
        env->txn_checkpoint(env, 0, 0, 0);
        env->close(env, 0);
    }
    Handles(const Handles&) = delete;
    Handles& operator=(const Handles&) = delete;

    void open();
    DB* table(std::string_view name);

    std::string path;
    DB_ENV* env = nullptr;
    std::map<std::string, DB*, std::less<>> tables;
};

void BerkeleyStore::Handles::open() {
    if (const int code = db_env_create(&env, 0)) failed("db_env_create", path, code);
    env->set_errfile(env, nullptr);
    env->set_cachesize(env, 0, kCacheBytes, 1);
    env->set_lg_max(env, kLogFileBytes);
    env->log_set_config(env, DB_LOG_AUTO_REMOVE, 1);
    constexpr std::uint32_t flags = DB_CREATE | DB_RECOVER | DB_INIT_TXN | DB_INIT_LOG | DB_INIT_MPOOL | DB_PRIVATE;
    if (const int code = env->open(env, path.c_str(), flags, 0600)) failed("open environment", path, code);
}

DB* BerkeleyStore::Handles::table(std::string_view name) {
    const auto known = tables.find(name);
    if (known != tables.end()) return known->second;
    DB* db = nullptr;
    if (const int code = db_create(&db, env, 0)) failed("db_create", path, code);
    const std::string table_name(name);
    const int code = db->open(db, nullptr, kFile, table_name.c_str(), DB_BTREE, DB_CREATE | DB_AUTO_COMMIT, 0600);
    if (code != 0) {
        db->close(db, 0);
        failed("open table", path + "/" + kFile, code);
    }
    tables.emplace(table_name, db);
    return db;
}

BerkeleyStore::BerkeleyStore(Files& files, const std::string& folder) {
    files.make_directories(folder, 0700);
    owner_ = files.open(folder + "/owner.lock", OpenMode::create);
    if (!owner_->try_lock()) throw SystemError("lock", folder + "/owner.lock", EBUSY);
    handles_ = std::make_unique<Handles>(folder);
    handles_->open();
}

BerkeleyStore::~BerkeleyStore() = default;

void BerkeleyStore::read_all(std::string_view table,
                             const std::function<void(std::string_view, std::string_view)>& take) {
    const std::lock_guard guard(mutex_);
    const Cursor cursor(handles_->table(table), handles_->path);
    DBT key{};
    DBT record{};
    int code = 0;
    while ((code = cursor->get(cursor.get(), &key, &record, DB_NEXT)) == 0) take(view(key), view(record));
    if (code != DB_NOTFOUND) failed("read", handles_->path, code);
}

void BerkeleyStore::apply(std::string_view table, const std::vector<StoreChange>& changes) {
    const std::lock_guard guard(mutex_);
    auto* const db = handles_->table(table);
    Transaction transaction(handles_->env, handles_->path);
    for (const auto& change : changes) {
        DBT key = dbt(change.key);
        if (change.record) {
            DBT record = dbt(*change.record);
            if (const int code = db->put(db, transaction.get(), &key, &record, 0)) failed("put", handles_->path, code);
        } else {
            const int code = db->del(db, transaction.get(), &key, 0);
            if (code != 0 && code != DB_NOTFOUND) failed("del", handles_->path, code);
        }
    }
    transaction.commit();
    handles_->env->txn_checkpoint(handles_->env, kCheckpointKib, 0, 0);
}

}  // namespace md::policy
