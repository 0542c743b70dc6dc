#!/usr/bin/env node
"use strict";
/** A database for Node.js without any package: thing_call does everything with records.
 *
 * usage: THING_NODE=thing_node.node thing_call.js [URL]      # sqlite::memory: */

const thing = require("./thing.js");

const id = { type: "int", primary: true, default: { fn: "autoincrement" } };
const MODELS = [
  { name: "Author", fields: { id, name: { type: "text", unique: true } }, relations: { books: { has_many: "Book" } } },
  { name: "Book", fields: { id, title: "text", pages: { type: "int", min: 1 }, authorId: "int?" }, hidden: ["authorId"],
    relations: { author: { belongs_to: "Author" } } },
];

async function main(url) {
  const db = await thing.open(url);
  db.register(MODELS);
  await db.sync();

  const ursula = await db.call("Author", "create", {
    include: { books: true },
    data: { name: "Ursula", books: { create: [{ title: "A Wizard of Earthsea", pages: 205 },
                                              { title: "The Dispossessed", pages: 341 }] } } });
  console.log(`${ursula.name} wrote ${ursula.books.length} books`);

  const books = await db.call("Book", "findMany", {
    where: { pages: { gt: 100 }, author: { name: "Ursula" } }, orderBy: [{ pages: "desc" }], include: { author: true } });
  for (const book of books) console.log(`  ${book.title}, ${book.pages} pages, by ${book.author.name}`);

  await db.transaction(async (tx) => {
    const book = await tx.call("Book", "findUnique", { where: { id: 1 } });
    await tx.call("Book", "update", { where: { id: book.id }, data: { pages: book.pages + 10 } });
  });
  console.log(await db.call("Book", "aggregate", { _count: true, _sum: { pages: true }, _max: { pages: true } }));
  console.log(await db.call("Author", "findUnique", { where: { name: "Nobody" } }));

  for (const [model, data] of [["Author", { name: "Ursula" }], ["Book", { title: "Nothing", pages: 0 }]]) {
    try {
      await db.call(model, "create", { data });
    } catch (error) {
      if (!(error instanceof thing.ThingError)) throw error;
      console.log(error.code, error.model, error.fields, error.constraint);
    }
  }
  await db.close();
}

main(process.argv[2] ?? "sqlite::memory:");
