"use strict";
/** libthing for Node.js: promises on top of thing_node.c, and nothing else.
 *
 *     const thing = require("./thing.js"); // THING_NODE: the path of thing_node.node, else it is beside this file
 *     const db = await thing.open("sqlite:app.db");
 *     db.register(models);
 *     await db.sync();
 *     const author = await db.call("Author", "create", { data: { name: "Ursula" } });
 *     await db.transaction(async (tx) => { await tx.call("Author", "update", { ... }); });
 *     await db.close();
 *
 * Node's thread never waits: it answers reads that are in memory, and leaves all else to the threads of libuv. */

const { randomUUID } = require("node:crypto");
const native = require(process.env.THING_NODE ?? "./thing_node.node");

/** Actions that may be in memory. What writes is never tried on Node's thread. */
const READS = new Set(["findUnique", "findUniqueOrThrow", "findFirst", "findFirstOrThrow", "findMany", "count"]);

/** What went wrong, with all that the library says: code, message, model, fields, constraint, retryable, ... */
class ThingError extends Error {
  constructor(json) {
    const members = parse(json);
    super(members.message);
    Object.assign(this, members);
  }
  get name() {
    return "ThingError";
  }
}

/** What native code throws, and rejects with, is text. */
function raise(failure) {
  throw typeof failure === "string" ? new ThingError(failure) : failure;
}

/** Places for those who wait in the order in which they came. */
class Places {
  #free;
  #waiting = [];
  constructor(free) {
    this.#free = free;
  }
  async take() {
    if (this.#free > 0) this.#free--;
    else await new Promise((resolve) => this.#waiting.push(resolve));
  }
  give() {
    const next = this.#waiting.shift();
    if (next !== undefined) next();
    else this.#free++;
  }
  async run(work) {
    await this.take();
    try {
      return await work();
    } finally {
      this.give();
    }
  }
}

/* All databases of a program share the threads of libuv. A call that waits for a lock holds one; were all of them held
 * so, the transaction with the lock could not go on. So an open transaction keeps a thread free for itself until its end,
 * and there is always one that none of them has, for calls besides. */
const THREADS = Math.max(1, Number(process.env.UV_THREADPOOL_SIZE) || 4);
const threads = new Places(THREADS);
const transactions = new Places(Math.max(1, THREADS - 1));

class Database {
  #handle;
  constructor(handle) {
    this.#handle = handle;
  }

  register(models) {
    try {
      native.register(this.#handle, print(models));
    } catch (failure) {
      raise(failure);
    }
  }

  /** Makes the tables that are missing. */
  async sync() {
    await threads.run(() => native.sync(this.#handle)).catch(raise);
  }

  /** The answer of an action, docs/reference/actions.md; null when the record is not there. */
  async call(model, action, args = {}, { timeoutMs = -1 } = {}) {
    const json = print(args);
    const found = READS.has(action) ? native.look(this.#handle, model, action, json) : undefined;
    if (found !== undefined) return parse(found);
    const end = Date.now() + timeoutMs;
    const remaining = () => (timeoutMs < 0 ? -1 : Math.max(0, end - Date.now()));
    return parse(await threads.run(() => native.call(this.#handle, model, action, json, remaining())).catch(raise));
  }

  /** Commits when the body is done, and takes all back when it throws. */
  transaction(body) {
    return transactions.run(() => threads.run(() => this.#transact(body)));
  }

  async #transact(body) {
    const handle = await native.begin(this.#handle).catch(raise);
    const tx = new Transaction(handle);
    try {
      const answer = await body(tx);
      await tx.next(() => native.commit(handle));
      return answer;
    } catch (failure) {
      await tx.next(() => native.rollback(handle)).catch(() => {}); // the first failure is the one to tell
      throw failure;
    }
  }

  /** Counters of the cache, by name. */
  stats() {
    try {
      return parse(native.stats(this.#handle));
    } catch (failure) {
      return raise(failure);
    }
  }

  /** Lets calls that were made before come to their end, takes open transactions back; what comes later is E_CLOSED. */
  async close() {
    await threads.run(() => native.close(this.#handle)).catch(raise);
  }
}

class Transaction {
  #handle;
  #last = Promise.resolve();
  constructor(handle) {
    this.#handle = handle;
  }

  /** As that of a database. Its calls run one after the other. */
  async call(model, action, args = {}) {
    const json = print(args);
    return parse(await this.next(() => native.call(this.#handle, model, action, json, -1)));
  }

  /** Runs work behind all that was begun. */
  next(work) {
    const done = this.#last.then(work).catch(raise);
    this.#last = done.catch(() => {});
    return done;
  }
}

async function open(url) {
  return new Database(await threads.run(() => native.open(url)).catch(raise));
}

/* JSON, but that whole numbers which a number of JavaScript can not hold are BigInt, in both directions. */

const MARK = randomUUID();
const MARKED = new RegExp(`"${MARK}(-?\\d+)"`, "g");
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;

function print(value) {
  let marked = false;
  const text = JSON.stringify(value, (_, member) => {
    if (typeof member !== "bigint") return member;
    marked = true;
    return MARK + member;
  });
  return marked ? text.replace(MARKED, "$1") : text;
}

function parse(text) {
  if (text === null || !/\d{16}/.test(text)) return JSON.parse(text);
  const isBig = (token) => /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token));
  const marked = text.replace(TOKENS, (token) => (isBig(token) ? `"${MARK}${token}"` : token));
  return JSON.parse(marked, (_, member) =>
    typeof member === "string" && member.startsWith(MARK) ? BigInt(member.slice(MARK.length)) : member);
}

module.exports = { open, ThingError };
