# tests/unit/policy - mirrors src/policy
