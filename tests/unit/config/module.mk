# tests/unit/config - mirrors src/config
