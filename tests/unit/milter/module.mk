# tests/unit/milter - mirrors src/milter
