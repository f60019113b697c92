"""What docs/reliability.md says of each promise, beside the figures (report.py puts them together).

A promise is found by the first word of a suite's line "promise: ID | ...". `zero` names the values that
must be 0 for the promise to be kept; `goal` is in words, since a campaign is no part of a run.
"""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Promise:
    ids: tuple     # the words suites use for it
    title: str
    text: str      # what is promised
    how: str       # how it is tested
    command: str   # the suite, and the longer campaign
    goal: str


PROMISES = [
    Promise(("kill-9",), "A process killed at any moment",
            "What was acknowledged is in the journal, in PostgreSQL and on a console after the restart, and "
            "is there once.",
            "Units and DC-09 panels send numbered presses and keep their own record of receipts. kill -9 "
            "strikes at random moments; the record is then compared with all three places.",
            "`tests/run crash`; `tests/crash/kill_loop.py --cycles 10000`", "500 a run, 10,000 by hand"),
    Promise(("kill-9-syscalls", "syscalls"), "A process killed at any system call",
            "The same, whichever call on the journal is the last.",
            "kill -9 in place of the n-th system call on the journal of a start, some presses, a new segment "
            "and a stop, for every n.",
            "`tests/run syscalls`; `tests/crash/syscalls.py --torn`", "every call"),
    Promise(("retained", "restart"), "A restart with much to remember",
            "A centre with a long journal accepts alarms within a second of its start and shows the whole "
            "queue within three.",
            "kill -9 and start with 100,000 records kept; the time from exec is taken.",
            "`tests/crash/retained.py`", "1 s and 3 s"),
    Promise(("power-cut", "powercut"), "A power cut",
            "A positive receipt is sent after fdatasync only, so nothing acknowledged is lost with the "
            "disk's volatile cache.",
            "The journal lies on ext4 on a disk whose write cache is thrown away under load. A control "
            "whose fdatasync does nothing must lose receipts, or the run fails.",
            "`tests/run powercut`; `tests/crash/power_cut.py --cycles 1000`", "30 a run, 1,000 by hand"),
    Promise(("disk-errors", "disk-error", "faults", "disk-faults"), "Errors of the disk",
            "No receipt hangs on a call that failed, a file that failed once is not used again, consoles are "
            "told, and work goes on when the disk does.",
            "EIO at the n-th write and the n-th sync of a run, all syncs failing, short writes, a slow, a "
            "standing and a full disk, and one that the journal itself filled while PostgreSQL was away.",
            "`tests/run faults`; `LARWM_FAULT_STEP=1 tests/crash/disk_faults.py`", "every call; told in 1 s"),
    Promise(("damage",), "Damage to the journal",
            "Every damaged record is found and raised, every undamaged one recovered; a journal is never "
            "silently shorter.",
            "One bit of every byte flipped and the file cut at every byte, sealed and as a crash leaves it.",
            "`tests/run damage`; `tests/crash/damage.py --bits 8 --opens-every 8`", "every byte"),
    Promise(("database-away", "away"), "PostgreSQL away",
            "Receipts and consoles do not depend on PostgreSQL; what waits is bounded, and every effect is "
            "written exactly once when it is back.",
            "PostgreSQL stopped, frozen, and silent behind a network that answers nothing, under load.",
            "`tests/run away`; by hand 10 minutes at 1,000 signals/s", "60 s a run, 600 s by hand"),
    Promise(("database-slow", "slow"), "PostgreSQL slow",
            "The same when it answers, but late.", "Each statement delayed, under load.",
            "`tests/run away`", "60 s a run"),
    Promise(("sim", "simulator"), "Any order of events",
            "No press is lost, hidden by a copy or forgotten past its limit; one owner, one police message; "
            "silence is noticed; a replay gives the same state.",
            "Simulated worlds of units, people, police, disk and database from one seed each; oracles judge "
            "after every step by a model that asks no code under test.",
            "`tests/run sim`; `tests/sim/run --seconds 3600`", "1,000 simulated hours a run"),
    Promise(("fuzz",), "Input from a stranger",
            "No bytes a peer can send end the program, hang it, or break what its parser promises.",
            "libFuzzer with address and undefined-behaviour sanitizers, a target for each parser.",
            "`tests/run fuzz`; `tests/fuzz/run --seconds 3600`", "every parser"),
    Promise(("races", "race", "tsan"), "Threads",
            "No data race, on the rings, the hand-offs and in the whole daemon.",
            "ThreadSanitizer; a ring without its barriers is the control and must be reported.",
            "`tests/run races`", "no report"),
    Promise(("memory", "valgrind"), "Memory",
            "No read of memory that was never written, no leak, and a bounded size.",
            "valgrind, and the daemon's size under load.", "`tests/run valgrind`", "no report"),
    Promise(("planted",), "The tests themselves",
            "Each of these promises is watched by a test that fails when it is broken.",
            "One line of the source at a time is changed to break a promise; the promise's test must fail, "
            "for the right reason.",
            "`tests/run --planted`", "every one caught"),
]

NOT_SHOWN = [
    "That a disk or its host keeps what fdatasync has reported as written. The tests cut the power of a "
    "disk they made themselves; whether the real one tells the truth can only be tried on the machine in "
    "use.",
    "A second node. One node is tested; what is on a disk that burns is lost with it, and while the machine "
    "is off nobody answers. There is no replication of the journal yet.",
    "A replica of PostgreSQL that takes over. Away and back is tested, another server is not.",
    "Reordering by the disk: a power cut loses what was not flushed, all of it or a part from the end of "
    "the cache; blocks written in another order are covered only by the damage suite.",
    "Memory that lies. Checksums are made when a record is written; a bit that flips before that is not "
    "noticed.",
    "Months of running. The longest runs are those of the table; the simulator's hours are simulated.",
    "Real panels and real control rooms. Their protocols are spoken by programs of this project and of "
    "the standards' examples.",
]
