# doc - for whoever carries the code on; the pages for administrators are man/
EXTRA_DIST += README.md HACKING doc/ARCHITECTURE doc/GLOSSARY doc/LICENCES doc/misbehaving-servers.md doc/rfc.md doc/threats.md doc/ENDURANCE doc/BENCHMARKS doc/formats \
	.clang-format
