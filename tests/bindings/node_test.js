"use strict";
/** What examples/node/thing.js promises: Node's thread never waits, and nothing is left behind. Prints TAP.
 *
 * usage: THING_NODE=thing_node.node node --expose-gc node_test.js thing.js */

const assert = require("node:assert");
const { spawnSync } = require("node:child_process");
const { mkdtempSync, rmSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { setTimeout: sleep } = require("node:timers/promises");
const { Worker } = require("node:worker_threads");

const library = process.argv[2];
const thing = require(library);
const folder = mkdtempSync(join(tmpdir(), "thing_node_"));
let files = 0;

const MODELS = [
  { name: "Author", fields: { id: { type: "int", primary: true, default: { fn: "autoincrement" } },
                              name: { type: "text", unique: true }, big: "int?" },
    relations: { books: { has_many: "Book" } } },
  { name: "Book", fields: { id: { type: "int", primary: true, default: { fn: "autoincrement" } }, title: "text",
                            authorId: "int?" }, relations: { author: { belongs_to: "Author" } } },
];

async function open(url = `sqlite:${folder}/${++files}.db`) {
  const db = await thing.open(url);
  db.register(MODELS);
  await db.sync();
  return db;
}

const create = (db, name) => db.call("Author", "create", { data: { name } });
const count = (db) => db.call("Author", "count");

/** Another handle that has the write lock of the same file until the answer is called. */
async function lock(url) {
  const other = await thing.open(url);
  other.register(MODELS);
  let unlock;
  const body = new Promise((resolve) => (unlock = resolve));
  const begun = new Promise((resolve) => {
    other.transaction(() => (resolve(), body)).then(() => other.close());
  });
  await begun;
  return unlock;
}

/** How often a timer of 5 ms ticks, and the longest time between two ticks, until it is stopped. */
function ticker() {
  const seen = { ticks: 0, longest: 0 };
  let last = Date.now();
  const timer = setInterval(() => {
    seen.ticks++;
    seen.longest = Math.max(seen.longest, Date.now() - last);
    last = Date.now();
  }, 5);
  return () => (clearInterval(timer), seen);
}

const TESTS = {
  async "what was read comes from memory, also lists and counts"() {
    const db = await open();
    const { id } = await create(db, "Ursula");
    const reads = () => Promise.all([
      db.call("Author", "findUnique", { where: { id } }),
      db.call("Author", "findMany", { where: { name: "Ursula" }, include: { books: true } }),
      count(db),
    ]);
    const first = await reads();
    const before = db.stats();
    assert.deepStrictEqual(await reads(), first);
    const after = db.stats();
    assert.strictEqual(after.sql, before.sql);
    assert.ok(after.objectHit > before.objectHit);
    assert.ok(after.listHit > before.listHit);
    assert.ok(after.countHit > before.countHit);
    await db.close();
  },

  async "a read that is in memory does not wait for threads that are all taken"() {
    const url = `sqlite:${folder}/${++files}.db`;
    const db = await open(url);
    const { id } = await create(db, "Ursula");
    await db.call("Author", "findUnique", { where: { id } });
    const unlock = await lock(url);
    const writes = Array.from({ length: 8 }, (_, i) => create(db, `a${i}`));
    await sleep(50);
    const found = await Promise.race([db.call("Author", "findUnique", { where: { id } }), sleep(1000)]);
    unlock();
    assert.strictEqual(found?.name, "Ursula");
    assert.strictEqual((await Promise.all(writes)).length, 8);
    await db.close();
  },

  async "without a cache nothing is read on Node's thread"() {
    const db = await open(`sqlite:${folder}/${++files}.db?cache=off`);
    await create(db, "Ursula");
    const native = require(process.env.THING_NODE);
    const handle = await native.open(`sqlite:${folder}/${files}.db?cache=off`);
    native.register(handle, JSON.stringify(MODELS));
    const args = ["Author", "findMany", "{}"];
    assert.strictEqual(native.look(handle, ...args), undefined);
    assert.strictEqual(JSON.parse(native.stats(handle)).sql, 0);
    assert.match(await native.call(handle, ...args, -1), /Ursula/);
    assert.strictEqual(native.look(handle, ...args), undefined);
    await native.close(handle);
    await db.close();
  },

  async "timers run while a write waits for a lock"() {
    const url = `sqlite:${folder}/${++files}.db`;
    const db = await open(url);
    const unlock = await lock(url);
    const stop = ticker();
    const write = create(db, "Ursula");
    await sleep(500);
    const seen = stop();
    unlock();
    assert.strictEqual((await write).name, "Ursula");
    assert.ok(seen.ticks >= 5 && seen.longest < 2000, JSON.stringify(seen));
    await db.close();
  },

  async "a call has a deadline"() {
    const url = `sqlite:${folder}/${++files}.db`;
    const db = await open(url);
    const unlock = await lock(url);
    const late = db.call("Author", "create", { data: { name: "Ursula" } }, { timeoutMs: 50 });
    await assert.rejects(late, { name: "ThingError", code: "E_TIMEOUT" });
    unlock();
    assert.strictEqual(await count(db), 0);
    await db.close();
  },

  async "errors are instances of Error with all that the library says"() {
    const db = await open();
    await create(db, "Ursula");
    const error = await create(db, "Ursula").catch((failure) => failure);
    assert.ok(error instanceof thing.ThingError && error instanceof Error);
    assert.match(error.message, /unique|taken|Author/i);
    const { code, model, fields, constraint, table, sqlstate, retryable } = error;
    assert.deepStrictEqual({ code, model, fields, constraint, table, sqlstate, retryable },
      { code: "E_UNIQUE", model: "Author", fields: ["name"], constraint: "authors_name_key", table: "authors",
        sqlstate: "23505", retryable: false });
    await assert.rejects(db.call("Author", "findMany", { wher: 1 }), { code: "E_INVALID" });
    await assert.rejects(db.call("Author", "nothing"), { code: "E_INVALID" });
    await assert.rejects(thing.open("nothing:"), { code: /^E_/ });
    assert.throws(() => db.register([{ name: "" }]), { code: "E_MODEL" });
    assert.throws(() => db.register(MODELS.map((m) => ({ ...m, table: "others" }))), { code: "E_MODEL" });
    await assert.rejects(db.call("Author", "update", { where: { id: 9 }, data: { name: "x" } })
      .then((answer) => { if (answer === null) throw new Error("null"); }), { message: "null" });
    await db.close();
  },

  async "a transaction commits, or is taken back with what its body throws"() {
    const db = await open();
    const answer = await db.transaction(async (tx) => {
      const authors = await Promise.all(Array.from({ length: 100 }, (_, i) => create(tx, `a${i}`)));
      assert.deepStrictEqual(authors.map((author) => author.name), authors.map((_, i) => `a${i}`));
      return count(tx);
    });
    assert.strictEqual(answer, 100);
    let kept;
    await assert.rejects(db.transaction(async (tx) => {
      kept = tx;
      await create(tx, "c");
      throw new RangeError("mine");
    }), RangeError);
    assert.strictEqual(await count(db), 100);
    await assert.rejects(create(kept, "d"), { code: "E_CLOSED" });
    await db.close();
  },

  async "a transaction goes on while more writes than threads wait for it"() {
    const db = await open();
    const writes = [];
    await db.transaction(async (tx) => {
      for (let i = 0; i < 12; i++) writes.push(create(db, `w${i}`), db.transaction((other) => create(other, `t${i}`)));
      await sleep(50);
      for (let i = 0; i < 5; i++) await create(tx, `a${i}`);
    });
    await Promise.all(writes); // else they are E_BUSY when the time for the lock is over
    assert.strictEqual(await count(db), 29);
    await db.close();
  },

  async "whole numbers have 64 bits, texts any character"() {
    const db = await open();
    const name = '9007199254740993 "\\" \u0000 \u{1F600} 0.12345678901234567';
    const data = { name, big: -9223372036854775807n };
    assert.deepStrictEqual(await db.call("Author", "create", { data, omit: { id: true } }), data);
    const where = { big: -9223372036854775807n };
    assert.strictEqual(await db.call("Author", "count", { where }), 1);
    await db.call("Author", "update", { where: { id: 1 }, data: { big: 9007199254740991 } });
    assert.strictEqual((await db.call("Author", "findUnique", { where: { id: 1 } })).big, 9007199254740991);
    await db.close();
  },

  async "close waits for calls that are under way, and what comes later is an error"() {
    const url = `sqlite:${folder}/${++files}.db`;
    const db = await open(url);
    const calls = Array.from({ length: 50 }, (_, i) => create(db, `a${i}`));
    const closing = db.close();
    const late = create(db, "late");
    await assert.rejects(late, { code: "E_CLOSED" });
    assert.strictEqual((await Promise.all(calls)).length, 50);
    await closing;
    for (const use of [count(db), db.close(), db.sync(), db.transaction(() => assert.fail())]) {
      await assert.rejects(use, { code: "E_CLOSED" });
    }
    assert.throws(() => db.stats(), { code: "E_CLOSED" });
    assert.throws(() => db.register(MODELS), { code: "E_CLOSED" });
    const again = await open(url);
    assert.strictEqual(await count(again), 50);
    await again.close();
  },

  async "the module itself closes when what was begun is done"() {
    const native = require(process.env.THING_NODE);
    const url = `sqlite:${folder}/${++files}.db`;
    await (await open(url)).close();
    const handle = await native.open(url);
    native.register(handle, JSON.stringify(MODELS));
    const data = (i) => JSON.stringify({ data: { name: `a${i}` } });
    const calls = Array.from({ length: 50 }, (_, i) => native.call(handle, "Author", "create", data(i), -1));
    await native.close(handle);
    assert.strictEqual((await Promise.all(calls)).length, 50);
    for (const wrong of [undefined, {}, 1, "text"]) {
      for (const use of [native.call, native.close, native.begin, native.look, native.stats, native.sync]) {
        assert.throws(() => use(wrong), TypeError);
      }
    }
    for (const wrong of [undefined, 1, "sqlite::memory:\0"]) assert.throws(() => native.open(wrong), TypeError);
    const other = await native.open("sqlite::memory:");
    assert.throws(() => native.call(other, "Author", 1), TypeError);
    assert.throws(() => native.commit(other), TypeError);
    const tx = await native.begin(other);
    for (const use of [native.close, native.look, native.begin]) assert.throws(() => use(tx), TypeError);
    await native.commit(tx);
    await native.close(other);
  },

  async "close takes an open transaction back"() {
    const url = `sqlite:${folder}/${++files}.db`;
    const db = await open(url);
    await assert.rejects(db.transaction(async (tx) => {
      await create(tx, "a");
      await db.close();
      await create(tx, "b");
    }), { code: "E_CLOSED" });
    const again = await open(url);
    assert.strictEqual(await count(again), 0);
    await again.close();
  },

  async "100,000 calls and 1,000 handles leave nothing behind"() {
    const db = await open();
    const { id } = await create(db, "Ursula");
    const round = async (i) => {
      await db.call("Author", "findUnique", { where: { id } });
      await db.call("Author", "findMany", { where: { id }, take: 1 });
      await db.call("Author", "aggregate", { _count: true }); // never in memory
      await create(db, "Ursula").catch(() => {}); // and an error
      if (i % 25 === 0) await db.transaction((tx) => tx.call("Author", "count"));
      if (i % 50 === 0) await (await thing.open("sqlite::memory:")).sync(); // its finalizer closes it
      if (i % 50 === 1) await (await thing.open("sqlite::memory:")).close();
    };
    const memory = async () => {
      for (let i = 0; i < 4; i++) global.gc(), await sleep(5);
      return Math.round(process.memoryUsage().rss / 1024);
    };
    for (let i = 0; i < 10000; i++) await round(i);
    const before = await memory();
    for (let i = 10000; i < 35000; i++) await round(i);
    const grown = (await memory()) - before;
    console.log(`# ${grown} KiB more of ${before}`);
    assert.ok(grown < 4096, `${grown} KiB`);
    await db.close();
  },

  async "a program may end while calls are under way"() {
    const program = `
      const thing = require(${JSON.stringify(library)});
      (async () => {
        const db = await thing.open("sqlite:${folder}/end.db?busy_timeout_ms=300");
        db.register(${JSON.stringify(MODELS)});
        await db.sync();
        await new Promise((begun) => db.transaction(() => new Promise(() => begun())).catch(() => {}));
        for (let i = 0; i < 20; i++) db.call("Author", "create", { data: { name: "a" + i } }).catch(() => {});
        db.close().catch(() => {});
        setTimeout(() => process.exit(7), 20);
      })();`;
    const ended = spawnSync(process.execPath, ["-e", program], { timeout: 20000 });
    assert.strictEqual(ended.status, 7, `${ended.signal} ${ended.stderr}`);
    const worker = new Worker(program.replace("process.exit(7)", "process.exit(8)"), { eval: true });
    assert.strictEqual(await new Promise((resolve) => worker.on("exit", resolve)), 8);
  },
};

async function main() {
  let number = 0, failed = 0;
  for (const [name, test] of Object.entries(TESTS)) {
    const failure = await test().then(() => null, (error) => error);
    failed += failure !== null;
    console.log(`${failure === null ? "ok" : "not ok"} ${++number} - ${name}`);
    if (failure !== null) console.log(String(failure.stack).replace(/^/gm, "# "));
  }
  console.log(`1..${number}`);
  rmSync(folder, { recursive: true });
  process.exitCode = failed === 0 ? 0 : 1;
}

main();
