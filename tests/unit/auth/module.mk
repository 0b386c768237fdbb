# tests/unit/auth - mirrors src/auth
