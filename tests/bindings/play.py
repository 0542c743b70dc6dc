#!/usr/bin/env python3
"""Plays a scenario through nothing but the shared library and its header, and prints its trace.

usage: play.py SCENARIO URL
"""

import contextlib
import ctypes
import json
import pathlib
import sys

import native
import thing_ctypes
from player import NOT_FOUND, Base, Failed, Rollback, Thrown, dump, quote
from thing_ctypes import Handle


def array(kind, values):
    return (kind * len(values))(*values)


class Player(Base):
    """The verbs: do_VERB gives the answer of a step."""

    # ---- models and objects

    def do_register(self, step):
        self.call("thing_model_register", self.db, dump(step.get("document", self.scenario["models"])))

    def do_sync(self, step):
        with self.ctx(step) as ctx:
            self.call("thing_schema_sync", self.db, ctx)

    def do_describe(self, step):
        return self.take("thing_model_json", self.model(step["model"]))

    def do_open(self, step):
        self.thing.thing_close(self.thing.open(dump(step["config"])))

    def do_close(self, _):
        self.thing.thing_close(self.db)

    def make(self, step):
        obj = Handle(self.thing.thing_obj_new(self.model(step["model"])))
        self.set(obj, step.get("data", {}))
        return obj

    def set(self, obj, data):
        for name, value in data.items():
            native.set_document(self, obj, self.field(self.model_of(obj), name), value)

    def do_new(self, step):
        return self.show(step, self.keep(step, self.make(step)))

    def do_create(self, step):
        return self.save(step, self.keep(step, self.make(step)))

    def do_set(self, step):
        obj = self.objects[step["of"]]
        self.set(obj, step["data"])
        return self.show(step, obj)

    def do_fill(self, step):
        obj = self.objects[step["of"]]
        flags = self.flags([flag for flag in ("strict", "if_absent") if step.get(flag)], "THING_FILL_")
        self.call("thing_obj_fill_json", obj, dump(step["json"]), flags)
        return self.show(step, obj)

    def do_read(self, step):
        obj = self.objects[step["of"]]
        values = {name: native.get(self, obj, i) for i, name in enumerate(native.field_names(self, obj))}
        return "{" + ",".join(f"{quote(name)}:{native.printed(value, quote)}" for name, value in values.items()
                              if value is not native.UNSET) + "}"

    def do_copy(self, step):
        source = self.objects[step["of"]]
        obj = Handle(self.thing.thing_obj_new(self.model_of(source)))
        for i, _ in enumerate(native.field_names(self, source)):
            value = native.get(self, source, i)
            if value is not native.UNSET:
                native.set_value(self, obj, i, value)
        self.set(obj, step.get("data", {}))
        return self.save(step, self.keep(step, obj))

    def do_replicate(self, step):
        source, obj = self.objects[step["of"]], Handle()
        fields = [self.field(self.model_of(source), name) for name in step.get("except", [])]
        self.call("thing_obj_replicate", source, array(ctypes.c_int32, fields), len(fields), ctypes.byref(obj))
        self.set(obj, step.get("data", {}))
        return self.show(step, self.keep(step, obj))

    def do_show(self, step):
        flags = self.flags([flag for flag in ("hidden", "changed") if step.get(flag)], "THING_JSON_")
        return self.show(step, self.objects[step["of"]], flags)

    def do_state(self, step):
        obj = self.objects[step["of"]]
        state = self.thing.thing_obj_state(obj)
        dirty = [name for i, name in enumerate(native.field_names(self, obj)) if self.thing.thing_obj_dirty(obj, i)]
        return dump({"new": bool(state & self.thing.THING_OBJ_NEW), "dirty": dirty,
                     "deleted": bool(state & self.thing.THING_OBJ_DELETED)})

    def do_changes(self, step):
        return self.take("thing_obj_changes_json", self.objects[step["of"]])

    def do_saved_changes(self, step):
        return self.take("thing_obj_saved_changes_json", self.objects[step["of"]])

    def do_revert(self, step):
        obj = self.objects[step["of"]]
        self.thing.thing_obj_revert(obj, self.field(self.model_of(obj), step["field"]) if "field" in step else -1)
        return self.show(step, obj)

    def do_validate(self, step):
        self.call("thing_obj_validate", self.objects[step["of"]])

    def do_forget(self, step):
        del self.objects[step["of"]]

    # ---- saving

    def save(self, step, obj):
        with self.ctx(step) as ctx:
            status = self.call("thing_save", self.db, ctx, obj)
        return NOT_FOUND if status else self.show(step, obj)

    def on_object(self, name, step, *arguments):
        """Calls a function that takes database, ctx and the step's object, and shows that."""
        obj = self.objects[step["of"]]
        with self.ctx(step) as ctx:
            status = self.call(name, self.db, ctx, obj, *arguments)
        return NOT_FOUND if status else self.show(step, obj)

    def do_save(self, step):
        return self.on_object("thing_save", step)

    def do_reload(self, step):
        return self.on_object("thing_reload", step)

    def do_restore(self, step):
        return self.on_object("thing_restore", step)

    def do_delete(self, step):
        return NOT_FOUND if self.on_object("thing_delete", step, self.delete_mode(step)) is NOT_FOUND else None

    def do_upsert(self, step):
        model = self.model_of(self.objects[step["of"]])
        by = [self.field(model, name) for name in step["by"]]
        return self.on_object("thing_upsert", step, array(ctypes.c_int32, by), len(by))

    def do_fresh(self, step):
        obj = Handle()
        with self.ctx(step) as ctx:
            status = self.call("thing_fresh", self.db, ctx, self.objects[step["of"]], ctypes.byref(obj))
        return self.found(step, status, obj)

    def on_objects(self, name, step, *arguments):
        objs = [self.objects[each] for each in step["of"]]
        handles = array(Handle, [obj.handle for obj in objs])
        with self.ctx(step) as ctx:
            status = self.call(name, self.db, ctx, handles, len(objs), *arguments)
        return NOT_FOUND if status else b"[" + b",".join(self.show(step, obj) for obj in objs) + b"]"

    def do_save_many(self, step):
        return self.on_objects("thing_save_many", step)

    def do_delete_many(self, step):
        return NOT_FOUND if self.on_objects("thing_delete_many", step, self.delete_mode(step)) is NOT_FOUND else None

    def do_insert_many(self, step):
        model = self.model(step["model"])
        objs = [self.make({"model": step["model"], "data": row}) for row in step["rows"]]
        packed = native.pack(self, model, objs)
        ints = self.thing.thing_model_field_type(model, 0) == self.thing.THING_TYPE_INT
        ids = (ctypes.c_int64 * len(objs))()
        with self.ctx(step) as ctx:
            self.call("thing_save_packed", self.db, ctx, model, packed, ids, len(objs) if ints else 0)
        return dump(list(ids)) if ints else None

    # ---- by key

    def by_key(self, names, step, *arguments):
        """Calls the first function for an int key and the second for any other, up to their outputs."""
        with self.ctx(step) as ctx:
            key = step["key"]
            return self.call(names[0] if isinstance(key, int) else names[1], self.db, ctx, self.model(step["model"]),
                             key if isinstance(key, int) else dump(key), *arguments)

    def do_find(self, step):
        obj = Handle()
        return self.found(step, self.by_key(("thing_by_id", "thing_by_key"), step, ctypes.byref(obj)), obj)

    def do_find_many(self, step):
        keys, model, rows = step["keys"], self.model(step["model"]), Handle()
        with self.ctx(step) as ctx:
            if keys and isinstance(keys[0], int):
                ids = array(ctypes.c_int64, keys)
                self.call("thing_by_ids", self.db, ctx, model, ids, len(keys), ctypes.byref(rows))
            else:
                self.call("thing_by_keys", self.db, ctx, model, dump(keys), ctypes.byref(rows))
        return self.found_rows(step, rows)

    def do_incr(self, step):
        now = ctypes.c_int64()
        field = self.field(self.model(step["model"]), step["field"])
        status = self.by_key(("thing_incr", "thing_incr_by_key"), step, field, step["by"], ctypes.byref(now))
        return NOT_FOUND if status else dump(now.value)

    def do_delete_key(self, step):
        status = self.by_key(("thing_delete_by_id", "thing_delete_by_key"), step, self.delete_mode(step))
        return NOT_FOUND if status else None

    # ---- queries

    @contextlib.contextmanager
    def criteria(self, step):
        q = Handle()
        self.call("thing_criteria_parse", self.model(step["model"]), dump(step["criteria"]), ctypes.byref(q))
        try:
            yield q
        finally:
            self.thing.thing_criteria_free(q)

    def do_query(self, step):
        model, rows = self.model(step["model"]), Handle()
        with self.ctx(step) as ctx:
            self.call("thing_query", self.db, ctx, model, dump(step["criteria"]), ctypes.byref(rows))
        return self.found_rows(step, rows)

    def query_one(self, name, step):
        obj = Handle()
        with self.criteria(step) as q, self.ctx(step) as ctx:
            return self.found(step, self.call(name, self.db, ctx, q, ctypes.byref(obj)), obj)

    def do_first(self, step):
        return self.query_one("thing_query_first", step)

    def do_sole(self, step):
        return self.query_one("thing_query_sole", step)

    def do_count(self, step):
        with self.criteria(step) as q, self.ctx(step) as ctx:
            return self.number("thing_query_count", self.db, ctx, q)

    def do_exists(self, step):
        with self.criteria(step) as q, self.ctx(step) as ctx:
            return self.number("thing_query_exists", self.db, ctx, q, kind=ctypes.c_bool)

    def do_pluck(self, step):
        with self.criteria(step) as q, self.ctx(step) as ctx:
            field = self.field(self.model(step["model"]), step["field"])
            return self.take("thing_query_pluck", self.db, ctx, q, field)

    def do_pages(self, step):
        pages = []
        with self.criteria(step) as q, self.ctx(step) as ctx:
            while True:
                rows, token = Handle(), Handle()
                self.call("thing_query_run", self.db, ctx, q, ctypes.byref(rows))
                status = self.call("thing_rows_next", rows, ctypes.byref(token))
                pages.append(self.found_rows(step, rows))
                if status == self.thing.THING_DONE:
                    return b"[" + b",".join(pages) + b"]"
                self.call("thing_criteria_after", q, self.thing.take(token))

    def do_stream(self, step):
        cursor, batches = Handle(), []
        with self.criteria(step) as q, self.ctx(step) as ctx:
            self.call("thing_query_open", self.db, ctx, q, step["batch"], ctypes.byref(cursor))
            rows = Handle()
            while self.call("thing_cursor_next", cursor, ctx, ctypes.byref(rows)) != self.thing.THING_DONE:
                batches.append(self.found_rows(step, rows)[1:-1])
            self.thing.thing_cursor_free(cursor)
        return b"[" + b",".join(batches) + b"]"

    def do_update_where(self, step):
        flags = self.thing.THING_BULK_ALL if step.get("all") else 0
        with self.criteria(step) as q, self.ctx(step) as ctx:
            return self.number("thing_update_where", self.db, ctx, q, dump(step["set"]), flags)

    def do_delete_where(self, step):
        flags = self.thing.THING_BULK_ALL if step.get("all") else 0
        with self.criteria(step) as q, self.ctx(step) as ctx:
            return self.number("thing_delete_where", self.db, ctx, q, self.delete_mode(step), flags)

    # ---- relations

    def do_related(self, step):
        rows = Handle()
        with self.ctx(step) as ctx:
            self.call("thing_related", self.db, ctx, self.objects[step["of"]], step["relation"],
                      self.thing.THING_LOAD_AGAIN if step.get("again") else 0, ctypes.byref(rows))
        return self.found_rows(step, rows)

    def do_related_one(self, step):
        obj = Handle()
        with self.ctx(step) as ctx:
            status = self.call("thing_related_one", self.db, ctx, self.objects[step["of"]], step["relation"],
                               self.thing.THING_LOAD_STRICT if step.get("strict") else 0, ctypes.byref(obj))
        return self.found(step, status, obj)

    def do_load(self, step):
        return self.on_object("thing_obj_load", step, dump(step["include"]))

    def do_set_related(self, step):
        other = self.objects[step["other"]] if step["other"] else None
        self.call("thing_obj_set_related", self.objects[step["of"]], step["relation"], other)

    def do_add_related(self, step):
        self.call("thing_obj_add_related", self.objects[step["of"]], step["relation"], self.objects[step["child"]])

    def do_link(self, step):
        added, removed = ctypes.c_int64(), ctypes.c_int64()
        keys = [dump(step["keys"])] if "keys" in step else [None, 0]
        pivot = [dump(step["pivot"])] if "pivot" in step else [None, 0]
        mode = getattr(self.thing, "THING_LINK_" + step["mode"].upper())
        with self.ctx(step) as ctx:
            status = self.call("thing_link", self.db, ctx, self.objects[step["of"]], step["relation"], mode, *keys,
                               *pivot, ctypes.byref(added), ctypes.byref(removed))
        return NOT_FOUND if status else dump({"added": added.value, "removed": removed.value})

    # ---- everything

    def do_call(self, step):
        model, action, args = step["model"].encode(), step["action"].encode(), dump(step.get("args", {})).encode()
        out, thing = Handle(), self.thing
        with self.ctx(step) as ctx:
            status = thing.call(thing.thing_call, self.db, ctx, model, action, args, len(args), ctypes.byref(out))
        return NOT_FOUND if status else thing.take(out)

    def do_sql(self, step):
        rows = Handle()
        params = [dump(step["params"])] if "params" in step else [None, 0]
        with self.ctx(step) as ctx:
            self.call("thing_sql", self.db, ctx, step["sql"], *params, ctypes.byref(rows))
        return self.found_rows(step, rows)

    def do_exec(self, step):
        affected, sql = ctypes.c_int64(), step["sql"].encode()
        params = dump(step["params"]).encode() if "params" in step else None
        with self.ctx(step) as ctx:
            self.thing.call(self.thing.thing_exec, self.db, ctx, sql, len(sql), params, len(params or b""),
                            step["tables"].encode() if "tables" in step else None, ctypes.byref(affected))
        return dump(affected.value)

    # ---- transactions

    def body(self, step, ctx):
        outer_ctx, outer_place = self.tx_ctx, self.place
        self.tx_ctx, self.place = ctx, self.place + "."
        try:
            self.play(step["steps"])
        finally:
            self.tx_ctx, self.place = outer_ctx, outer_place

    def do_tx(self, step):
        flags = self.flags(step.get("flags", []), "THING_TX_")
        if "attempts" in step:
            return self.run_again(step, flags)
        tx = Handle()
        self.call("thing_tx_begin", self.db, self.tx_ctx, flags, ctypes.byref(tx))
        try:
            self.body(step, self.thing.thing_tx_ctx(tx))
            self.call("thing_tx_commit", tx)
        except Rollback:
            pass
        finally:
            if "as" in step:
                self.txs[step["as"]] = tx
            else:
                self.thing.thing_tx_free(tx)  # rolls back what is open
        return None

    def run_again(self, step, flags):
        """By thing_tx_run: what leaves the body is kept, told to the library, and raised again behind it."""
        left = []

        def body(_, tx, ctx, error):
            del left[:]
            try:
                self.body(step, Handle(ctx))
                return self.thing.THING_OK
            except (Rollback, Thrown, Failed) as leave:
                left.append(leave)
            if isinstance(left[0], Failed):
                return self.thing.thing_error_set(error, getattr(self.thing, "THING_" + str(left[0])), b"failed", -1)
            return self.thing.THING_DONE

        try:
            self.call("thing_tx_run", self.db, self.tx_ctx, flags, step["attempts"], thing_ctypes.TxFn(body), None)
        except thing_ctypes.Failure:
            if not left:
                raise
        if left:
            raise left[0]

    def do_rollback(self, _):
        raise Rollback

    def do_throw(self, step):
        raise Thrown(step["text"])

    def do_fail(self, step):
        self.reached[self.place] = self.reached.get(self.place, 0) + 1
        if self.reached[self.place] <= step.get("times", 1):
            raise Failed(step["code"])

    # ---- hooks

    def do_hook(self, step):
        def on_event(_, event, db, ctx, obj, error):
            return self.on_event(step, event, Handle(ctx) if ctx else None, Handle(obj), error)

        function, number = thing_ctypes.HookFn(on_event), ctypes.c_int64()
        events = self.flags(step["on"], "THING_ON_") | (self.thing.THING_HOOK_MAY_FAIL if step.get("may_fail") else 0)
        model = self.model(step["model"]) if "model" in step else None
        self.call("thing_hook_add", self.db, model, events, function, None, thing_ctypes.FreeFn(0),
                  ctypes.byref(number))
        self.hooks[step["as"]] = (function, number.value)

    def on_event(self, step, event, ctx, obj, error):
        name = next(key for key, bit in vars(self.thing).items() if key.startswith("THING_ON_") and bit == event)
        model = self.thing.thing_model_name(self.model_of(obj)).decode()
        self.heard.append(f"{step['as']} {name[len('THING_ON_'):].lower()} {model}")
        if step["act"] == "set":
            self.set(obj, {step["field"]: step["value"]})
        elif step["act"] == "create":
            made = native.Object(self.thing, self.make({"model": step["into"], "data": step["data"]}))
            self.call("thing_save", self.db, ctx, made)
        elif step["act"] in ("refuse", "throw"):
            text = f"{'thrown' if step['act'] == 'throw' else 'refused'} by {step['as']}"
            self.thrown = Thrown(text) if step["act"] == "throw" else None
            return self.thing.thing_error_set(error, self.thing.THING_E_CALLBACK, text.encode(), -1)
        return self.thing.THING_OK

    def do_unhook(self, step):
        return NOT_FOUND if self.thing.thing_hook_remove(self.db, self.hooks[step["of"]][1]) else None

    def do_heard(self, _):
        heard, self.heard = self.heard, []
        return dump(heard)


def main():
    player = Player(json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")), sys.argv[2])
    player.play(player.scenario["steps"])


if __name__ == "__main__":
    main()
