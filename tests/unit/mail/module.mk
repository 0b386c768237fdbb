# tests/unit/mail - mirrors src/mail
