# tests/unit/dns - mirrors src/dns
