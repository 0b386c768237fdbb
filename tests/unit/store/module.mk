# tests/unit/store - mirrors src/store
