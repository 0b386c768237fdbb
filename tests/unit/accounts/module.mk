# tests/unit/accounts - mirrors src/accounts
