#!/usr/bin/env python3
"""A TCP relay on loopback in front of PostgreSQL that can be slow, or a black hole.

    relay.py PORT SOCKET        forwards 127.0.0.1:PORT to the Unix socket, until stdin ends

Commands, one a line, each answered with a line "done":

    slow MS     what the server says arrives MS milliseconds later, in order; 0 ends it
    silent      nothing is forwarded, answered or closed any more; new connections are taken and
                left without a word
    flow        what was held goes on its way, late, as after a broken line; connections begun in
                the silence are closed

`Relay` runs one as a process of its own, so that a test's own work does not slow the line.
"""
import asyncio
import pathlib
import subprocess
import sys
import time

CHUNK = 1 << 16


class Line:
    """What all connections share."""

    def __init__(self, path):
        self.path, self.delay = path, 0.0
        self.flowing = asyncio.Event()
        self.flowing.set()

    async def serve(self, reader, writer):
        if not self.flowing.is_set():
            await self.flowing.wait()
            writer.close()
            return
        try:
            server_reader, server_writer = await asyncio.open_unix_connection(self.path)
        except OSError:
            writer.close()
            return
        await asyncio.gather(self.pump(reader, server_writer), self.pump_late(server_reader, writer))

    async def pump(self, reader, writer):
        try:
            while data := await reader.read(CHUNK):
                await self.flowing.wait()
                writer.write(data)
                await writer.drain()
            await self.flowing.wait()
        except OSError:
            pass
        writer.close()

    async def pump_late(self, reader, writer):
        """Each piece at its own time: a delay makes no piece wait for another's."""
        pieces = asyncio.Queue(maxsize=1024)
        sender = asyncio.create_task(self.deliver(pieces, writer))
        try:
            while data := await reader.read(CHUNK):
                await pieces.put((time.monotonic() + self.delay, data))
        except OSError:
            pass
        await pieces.put((0.0, b""))
        await sender

    async def deliver(self, pieces, writer):
        try:
            while True:
                due, data = await pieces.get()
                if not data:
                    break
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                await self.flowing.wait()
                writer.write(data)
                await writer.drain()
            await self.flowing.wait()
        except OSError:
            while (await pieces.get())[1]:
                pass
        writer.close()

    def command(self, text):
        words = text.split()
        if words[0] == "slow":
            self.delay = float(words[1]) / 1000
        elif words[0] == "silent":
            self.flowing.clear()
        elif words[0] == "flow":
            self.flowing.set()
        print("done", flush=True)


async def run(port, path):
    line = Line(path)
    await asyncio.start_server(line.serve, "127.0.0.1", port, limit=CHUNK)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    print("done", flush=True)
    while text := await commands.readline():
        line.command(text.decode())


class Relay:
    def __init__(self, port, path):
        self.port = port
        self.process = subprocess.Popen([sys.executable, str(pathlib.Path(__file__).resolve()),
                                         str(port), str(path)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self._done()

    def _done(self):
        if self.process.stdout.readline() != "done\n":
            raise OSError("the relay does not answer")

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        self._done()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1]), sys.argv[2]))
