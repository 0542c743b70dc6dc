"""What the player in Python has beside its verbs: the trace, calls of the library, and answers."""

import contextlib
import ctypes
import json
import sys

import native
import thing_ctypes
from thing_ctypes import Handle

NOT_FOUND = (None, None)  # what a verb gives beside an answer


class Rollback(Exception):
    """Leaves a transaction, undone."""


class Thrown(Exception):
    """An exception of the player's own."""


class Failed(Exception):
    """A failure that a step made."""


def dump(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def quote(text):
    """A JSON string as traces have it."""
    return '"' + "".join(f"\\u{ord(c):04x}" if c < " " else "\\" + c if c in '"\\' else c for c in text) + '"'


class Base:
    """The state of a play. Its subclass has a method do_VERB for each verb, which gives the answer."""

    def __init__(self, scenario, url):
        self.thing = thing_ctypes.load()
        self.scenario = scenario
        self.db = self.thing.open(url)
        # Any handle keeps a closed database there to be asked.
        self.anchor = Handle(self.thing.thing_ctx_new(self.db))
        self.models, self.objects, self.txs, self.hooks, self.reached, self.heard = {}, {}, {}, {}, {}, []
        self.tx_ctx, self.thrown, self.place = None, None, ""

    # ---- the trace

    def play(self, steps):
        outer = self.place
        for number, step in enumerate(steps, 1):
            self.place = f"{outer}{number}"
            leaving = None
            try:
                outcome, answer = "OK", getattr(self, "do_" + step["do"])(step)
                if answer is NOT_FOUND:
                    outcome, answer = "NOT_FOUND", None
            except thing_ctypes.Failure as failure:
                outcome, answer = self.failure(failure)
            except (Thrown, Failed, Rollback) as leave:
                outcome, answer = self.left(leave)
                leaving = leave if step["do"] != "tx" else None
            self.print_line(f"{outer}{number}", outcome, answer)
            if leaving:
                self.place = outer
                raise leaving
        self.place = outer

    @staticmethod
    def left(leave):
        if isinstance(leave, Thrown):
            return "THROWN", quote(str(leave))
        return ("OK" if isinstance(leave, Rollback) else str(leave)), None

    def failure(self, failure):
        thrown, self.thrown = self.thrown, None
        if thrown:
            return "THROWN", quote(str(thrown))
        members = [f'"{name}":{quote(getattr(failure, name))}'
                   for name in ("sqlstate", "model", "field", "constraint", "table")]
        return failure.name, "{" + ",".join(members) + f',"retryable":{dump(failure.retryable)}' + "}"

    @staticmethod
    def print_line(number, outcome, answer):
        answer = answer.encode() if isinstance(answer, str) else answer or b"null"
        sys.stdout.buffer.write(f"{number} {outcome} ".encode() + answer + b"\n")

    # ---- calls

    def call(self, name, *arguments):
        """Calls a function; a text or bytes argument gets its length behind it."""
        flat = []
        for argument in arguments:
            argument = argument.encode() if isinstance(argument, str) else argument
            flat += [argument, len(argument)] if isinstance(argument, bytes) else [argument]
        return self.thing.call(getattr(self.thing, name), *flat)

    def take(self, name, *arguments):
        """The text that a function gives in a buffer, or NOT_FOUND."""
        out = Handle()
        if self.call(name, *arguments, ctypes.byref(out)) == self.thing.THING_NOT_FOUND:
            return NOT_FOUND
        return self.thing.take(out)

    def number(self, name, *arguments, kind=ctypes.c_int64):
        out = kind()
        if self.call(name, *arguments, ctypes.byref(out)) == self.thing.THING_NOT_FOUND:
            return NOT_FOUND
        return dump(out.value)

    def flags(self, names, prefix):
        return sum(getattr(self.thing, prefix + name.upper()) for name in names)

    @contextlib.contextmanager
    def ctx(self, step):
        """The ctx of the step's call."""
        options = step.get("ctx")
        if step.get("in"):
            yield self.thing.thing_tx_ctx(self.txs[step["in"]])
            return
        if options is None:
            yield None if "in" in step else self.tx_ctx
            return
        ctx = Handle(self.thing.thing_ctx_new(self.db))
        self.thing.thing_ctx_set_timeout_ms(ctx, options.get("timeout_ms", -1))
        self.thing.thing_ctx_set_flags(ctx, self.flags(options.get("flags", []), "THING_CTX_"))
        if "mute" in options:
            self.call("thing_ctx_mute", ctx, self.model(options["mute"]))
        if options.get("cancelled"):
            self.thing.thing_ctx_cancel(ctx)
        try:
            yield ctx
        finally:
            self.thing.thing_ctx_free(ctx)

    def model(self, name):
        if name not in self.models:
            self.models[name] = Handle(self.thing.thing_model_find(self.db, name.encode(), -1))
        return self.models[name]

    def field(self, model, name):
        return self.thing.thing_model_field_index(model, name.encode(), -1)

    def model_of(self, obj):
        return self.thing.thing_obj_model(obj)

    def delete_mode(self, step):
        return getattr(self.thing, "THING_DELETE_" + step.get("mode", "default").upper())

    # ---- answers by the library

    def show(self, step, obj, flags=0):
        if "fields" in step:
            return self.take("thing_obj_json_fields", obj, step["fields"], flags)
        return self.take("thing_obj_json", obj, flags)

    def show_rows(self, step, rows):
        if "fields" in step:
            return self.take("thing_rows_json_fields", rows, step["fields"], 0)
        return self.take("thing_rows_json", rows, 0)

    def keep(self, step, obj):
        if "as" in step:
            self.objects[step["as"]] = native.Object(self.thing, obj)
        return obj

    def found(self, step, status, obj):
        """The answer of a step that found one object, or none."""
        if status == self.thing.THING_NOT_FOUND:
            return NOT_FOUND
        self.keep(step, obj)
        return self.show(step, obj)

    def found_rows(self, step, rows):
        answer = self.show_rows(step, rows)
        if "as" in step and self.thing.thing_rows_count(rows) > 0:
            self.keep(step, Handle(self.thing.thing_rows_obj(rows, 0)))
        self.thing.thing_rows_free(rows)
        return answer
