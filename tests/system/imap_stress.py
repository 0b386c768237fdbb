#!/usr/bin/env python3
"""A stateful stress of IMAP: many sessions, random commands, every untagged answer checked against what a client may believe.

    tests/system/imap_stress.py                                   a private instance, bounded (15 s; MDMAIL_LONG=1: three seeds, 10 min each)
    tests/system/imap_stress.py --seed N --seconds S --sessions N  the same by hand
    ... --port-base P                                             against a running instance with alice@ and bob@example.com
    ... --dovecot                                                 against a private Dovecot: a trial of the model
    ... --kill                                                    workers are killed meanwhile
    ... --meddle                                                  an outside program touches the Maildir meanwhile
The model (lib/imap_model) is written from the RFCs. A failure prints the seed, the step, the rule broken and the last lines of the session's dialogue;
the same seed chooses the same commands again, as far as the server answers alike.
"""
import argparse
import asyncio
import os
import sys
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import Failed
from imap_model import examples, servers
from imap_model.truth import Broken
from imap_model.world import World


def instance():
    """With several workers, whatever the machine has."""
    box = harness.Instance()
    box.ctl("config", "set", "workers", "3")
    return box.start().domain()


def stress(settings, seed, seconds, sessions, dump=None):
    world = World(settings, seed, sessions)
    failure = asyncio.run(world.run(seconds))
    if failure:
        client, fault = failure
        print(f"seed {seed}, {sessions} sessions, step {world.step}, session {client.name if client else '-'}", flush=True)
        for line in list(client.lines)[-40:] if client else ():
            print("    " + line)
        if dump:
            with open(dump, "w", encoding="utf-8") as file:
                for one in world.clients:
                    file.write("".join(line + "\n" for line in one.lines))
        if not isinstance(fault, Broken):
            traceback.print_exception(fault)
        raise Failed(f"{type(fault).__name__}: {fault}")
    if world.missing or world.unfetched:
        print(f"    the server does not know: {' '.join(sorted(world.missing | world.unfetched))}")
    print(f"    seed {seed}: {world.step} steps, {sum(world.counts.values())} commands, {world.checks} quiet points: "
          + " ".join(f"{n}={c}" for n, c in sorted(world.counts.items())), flush=True)


def by_hand(options):
    def names(text):
        return frozenset(filter(None, text.split(",")))
    more = {"absent": names(options.absent), "unfetched": names(options.unfetched), "without": names(options.without.upper()), "added": names(options.added.upper()), "meddles": options.meddle}
    if options.forgive:
        more["forgiven"] = names(options.forgive)
    if options.meddle:
        more["view_seconds"] = more["delivery_seconds"] = 40
    seeds = [options.seed + n for n in range(options.runs)]
    try:
        for seed in seeds:
            if options.dovecot:
                with servers.Dovecot() as settings:
                    for name, value in more.items():
                        setattr(settings, name, value)
                    stress(settings, seed, options.seconds, options.sessions, options.dump)
            elif options.port_base:
                stress(servers.running(options.port_base, **more), seed, options.seconds, options.sessions, options.dump)
            else:
                box = instance()
                stress(servers.private(box, box=box if options.kill else None, **more), seed, options.seconds, options.sessions, options.dump)
    except Failed as fault:
        print(f"FAIL: {fault}")
        return 1
    return 0


def the_grammar_is_strict(box):
    examples.check()


def all_views_agree(box):
    for seed in (1, 2, 3) if harness.LONG else (1,):
        stress(servers.private(box), seed, 600 if harness.LONG else 15, 6)


def beside_another_program(box):
    """A program that delivers into the Maildir, renames for flags and removes; what it did is seen at the next look (30 s)."""
    if not harness.LONG:
        raise harness.Skipped("MDMAIL_LONG=1 runs it")
    stress(servers.private(box, meddles=True, view_seconds=40, delivery_seconds=40), 4, 120, 6)


def workers_are_killed(box):
    if not harness.LONG:
        raise harness.Skipped("MDMAIL_LONG=1 runs it")
    stress(servers.private(box, box=box), 5, 120, 6)


if len(sys.argv) > 1:
    PARSER = argparse.ArgumentParser()
    PARSER.add_argument("--seed", type=int, default=1)
    PARSER.add_argument("--runs", type=int, default=1, help="as many seeds, counted up")
    PARSER.add_argument("--seconds", type=float, default=60)
    PARSER.add_argument("--sessions", type=int, default=6)
    PARSER.add_argument("--port-base", type=int)
    PARSER.add_argument("--dovecot", action="store_true")
    PARSER.add_argument("--meddle", action="store_true")
    PARSER.add_argument("--kill", action="store_true", help="workers of the private instance are killed meanwhile")
    PARSER.add_argument("--dump", help="a file for the last dialogue of every session, if the run fails")
    PARSER.add_argument("--absent", default="", help="actions not to choose (methods of commands.Actions), with commas")
    PARSER.add_argument("--unfetched", default="", help="items of FETCH not to ask for, with commas")
    PARSER.add_argument("--forgive", default="", help="rules not to insist on (Settings.forgiven), with commas")
    PARSER.add_argument("--without", default="", help="capabilities not to use, with commas")
    PARSER.add_argument("--with", dest="added", default="", help="capabilities to use though they are not announced, with commas")
    sys.exit(by_hand(PARSER.parse_args()))
harness.run(instance(), the_grammar_is_strict, all_views_agree, beside_another_program, workers_are_killed)
