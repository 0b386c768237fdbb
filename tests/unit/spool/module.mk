# tests/unit/spool - mirrors src/spool
