"""A subject as a process."""

import json
import signal
import subprocess
import tempfile
import threading
import time

LONG = 15.0


class SubjectEnded(Exception):
    """The subject ended, or said nothing in time, while something was expected of it."""


class Subject:
    def __init__(self, command):
        self._errors = tempfile.TemporaryFile()
        self._changed = threading.Condition()
        self._lines = []
        self._ended = False
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self):
        return self.process.pid

    def _read(self):
        for text in self.process.stdout:
            try:
                line = json.loads(text)
            except ValueError:
                line = {"noise": text.decode(errors="replace")}
            with self._changed:
                self._lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _until(self, find, what, timeout=LONG):
        """Waits until find() returns something."""
        end = time.monotonic() + timeout
        with self._changed:
            while (found := find()) is None:
                left = end - time.monotonic()
                if self._ended or left <= 0:
                    raise SubjectEnded(f"{'the subject ended before' if self._ended else f'not within {timeout:g} s'}: {what}")
                self._changed.wait(left)
            return found

    def _said(self, *keys, skip=0):
        found = [line for line in self._lines if any(key in line for key in keys)]
        return found[skip] if len(found) > skip else None

    def wait_until_started(self):
        """The line that says how the start ended: "ready", "refused", "failed" or, for a program that ends by itself, "answer"."""
        return self._until(lambda: self._said("ready", "refused", "failed", "answer"), "it says that it is ready")

    def answers(self):
        with self._changed:
            return sum("answer" in line for line in self._lines)

    def answer(self, skip=0):
        return self._until(lambda: self._said("answer", skip=skip), "an answer")["answer"]

    def ask(self, word):
        count = self.answers()
        self.tell(word)
        return self.answer(skip=count)

    def tell(self, word):
        self.process.stdin.write(word.encode() + b"\n")
        self.process.stdin.flush()

    def events(self, *names):
        with self._changed:
            return [line for line in self._lines if line.get("event") in names]

    def await_events(self, name, count):
        """Waits until the journal has so many events of a name."""

        def find():
            found = [line for line in self._lines if line.get("event") == name]
            return found if len(found) >= count else None

        return self._until(find, f"{count} x {name} in the journal")

    def stopped(self):
        """What it said when it had stopped."""
        return self._until(lambda: self._said("stopped"), "it says that it has stopped")["stopped"]

    def terminate(self, timeout=5.0):
        """SIGTERM, and the exit code; "killed" when it does not end in time."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.wait(timeout)

    def wait(self, timeout=LONG):
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            return "killed"
        self._reader.join(LONG)
        return code

    def kill(self):
        self.process.kill()
        self.process.wait()
        self._reader.join(LONG)

    def errors(self):
        """The last of what it wrote to standard error."""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")[-2000:]

    def close(self):
        if self.process.poll() is None:
            self.kill()
        self.process.stdin.close()
        self.process.stdout.close()
        self._errors.close()
