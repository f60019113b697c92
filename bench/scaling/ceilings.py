"""What PostgreSQL alone can do of the work of a press: look-ups in batches, rows in batches.

Both in the centre's own database, with its units and cases, over one pipelined connection, by pgbench.
"""
import re
import subprocess

from centre import Centre, Failed
from comparing import machine

BATCH = 256  # RESOLVE_BATCH_MAX of larwmd
FILLED = 25600  # rows in the table of signals when measuring begins
POSITION = ":first + r.row"  # of a row in this batch
PIPELINED = 4  # statements in flight


class Ceilings:
    def __init__(self, fleet, seconds):
        self.fleet, self.seconds = fleet, max(1, int(seconds))
        self.database = fleet.centre.db

    def measure(self):
        """Presses a second: looked up; signal rows alone; all rows a press leaves."""
        found = {"lookups": self._bench("lookups", self._lookups(), BATCH * PIPELINED)}
        signals, presses, batch = self._rows()
        try:
            found["signals"] = self._bench("signals", signals, batch)
            found["presses"] = self._bench("presses", presses, batch)
        finally:
            Centre.database.sql("drop schema bench_ceiling cascade", self.database)
        return {name: one["rate"] for name, one in found.items()} | {
            "batch": batch, "kept": all(one["kept"] for one in found.values()),
            "foreign": max(one["foreign"] + one["steal"] for one in found.values())}

    def _bench(self, name, script, each):
        path = self.fleet.centre.dir / f"{name}.sql"
        path.write_text(script)
        watch = machine.Watch([Centre.database.pids()])
        done = subprocess.run(
            ["pgbench", "-n", "-M", "prepared", "-c", "1", "-T", str(self.seconds), "-f", str(path)],
            env=Centre.database.env(self.database), capture_output=True, text=True, timeout=600)
        found = re.search(r"tps = ([\d.]+)", done.stdout)
        failed = re.search(r"number of failed transactions: (\d+)", done.stdout)
        if not found or (failed and int(failed.group(1))) or done.returncode:
            raise Failed(f"pgbench {name}: {done.stdout}{done.stderr}")
        result = {"rate": float(found.group(1)) * each, **watch.stop()}
        result["kept"] = result["foreign"] + result["steal"] <= self.fleet.asked.reject
        return result

    def _lookups(self):
        """larwmd's own question, of units at random."""
        units = f"(select 'BENCH-' || floor(random() * {self.fleet.homes})::int " \
                f"from generate_series(1, {BATCH}))"
        one = f"select * from larwm.resolve(array{units}, array_fill(null::timestamptz, array[{BATCH}]), " \
              f"array_fill(now(), array[{BATCH}]));\n"
        return "\\startpipeline\n" + one * PIPELINED + "\\endpipeline\n"

    def _columns(self, table):
        return Centre.database.sql(
            "select attname from pg_attribute where attrelid = 'larwm." + table + "'::regclass and "
            "attnum > 0 and not attisdropped and attgenerated = '' order by attnum", self.database).split()

    def _rows(self):
        """Two scripts that write the newest rows of the last runs again and again, under new
        positions, into tables with the same columns and indexes; and how many presses a batch has."""
        batch = self._tables()
        signals = self._insert("signal", "signals")
        self._fill(signals)
        state = "update bench_ceiling.signal s set allocation_id = r.allocation_id, case_id = r.case_id " \
                f"from bench_ceiling.signals r where s.node = r.node and s.pos = {POSITION};\n"
        newer = ", ".join(f"{name} = excluded.{name}" for name in self._columns("incident")
                          if name not in ("node", "no"))
        every = signals + ";\n" + state + self._insert("incident_signal", "signals") + ";\n" \
            + self._insert("incident_history", "histories") + ";\n" \
            + self._insert("incident", "incidents", "pos") \
            + f" on conflict (node, no) do update set {newer};\n"
        begin = f"select nextval('bench_ceiling.batch') * {BATCH} as first \\gset\n" \
                "\\startpipeline\nbegin;\n"
        end = "commit;\n\\endpipeline\n"
        return begin + signals + ";\n" + end, begin + every + end, batch

    def _tables(self):
        """Copies to write from and tables to write to; how many presses were copied."""
        Centre.database.sql(
            "create schema bench_ceiling; create sequence bench_ceiling.batch; "
            + "".join(f"create table bench_ceiling.{t} (like larwm.{t} including all);"
                      for t in ("signal", "incident", "incident_signal", "incident_history"))
            + "create table bench_ceiling.signals as select row_number() over () - 1 as row, s.*, l.no "
              "from (select * from larwm.signal where kind = 'panic' order by pos desc "
              f"limit {BATCH}) s join larwm.incident_signal l using (node, pos);"
              "create table bench_ceiling.incidents as select i.* from larwm.incident i "
              "where (node, no) in (select node, no from bench_ceiling.signals);"
              "create table bench_ceiling.histories as select row_number() over () - 1 as row, h.* "
              f"from (select * from larwm.incident_history order by pos desc limit {BATCH}) h", self.database)
        batch = int(Centre.database.sql("select count(*) from bench_ceiling.signals", self.database))
        if batch == 0:
            raise Failed("no presses to write again")
        return batch

    def _insert(self, table, source, position=POSITION):
        names = self._columns(table)
        taken = ", ".join(position if name == "pos" else name for name in names)
        return f"insert into bench_ceiling.{table} ({', '.join(names)}) select {taken} " \
               f"from bench_ceiling.{source} r"

    def _fill(self, signals):
        """Rows that are there already: an index is worth using, and a plan knows it."""
        filled = signals.replace(":first", f"-{BATCH} * g")
        Centre.database.sql(f"{filled} cross join generate_series(1, {FILLED // BATCH}) g", self.database)
        Centre.database.sql("vacuum analyze bench_ceiling.signal, bench_ceiling.signals, "
                            "bench_ceiling.incidents, bench_ceiling.histories", self.database)
