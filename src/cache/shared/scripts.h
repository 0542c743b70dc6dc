#pragma once
// The steps of the protocol that must happen at once, as Redis scripts. docs/design/cache.md says
// what each is for; cell.h what the keys hold.
namespace thing::cache::shared {

// KEYS: key types, table, inserts, objects. ARGV: key types, nonce, milliseconds of a lease.
// Takes the lease of every object that has no value. Returns table and inserts, then for each
// object 1 (leased) or what it holds; the table alone when it is marked; {2} when rows are kept by
// a key of other types.
extern const char* const kLeaseScript;

// KEYS: objects. ARGV: nonce, milliseconds to live, the same for absent rows, values. Puts values
// where the lease is still there, and gives the lease back for an empty one; returns how many were
// put.
extern const char* const kFillScript;

// KEYS: key types, writers, templates, registry nonce, table, copies, cells. ARGV: token, key
// types, known nonce, known templates, the longest that copies may be used; for each cell, if any,
// the first place of an order that is written. Marks the cells for the token; a stamp whose lists
// all end before the place holds it instead. Returns {1, table's nonce, milliseconds that copies
// may be used}, the nonce "" when it has none; or, and then marks nothing: {2} when rows are kept
// by a key of other types; {0, nonce, {id, text,
// ...}} when the registry is another than the writer knows. Key types "*" are any, and so is the
// registry then.
extern const char* const kMarkScript;

// KEYS: writers, registry nonce, last, cells. ARGV: token, milliseconds to live of a bucket; then,
// if there are values, milliseconds to live of them, and for each cell its value or none. Takes the
// token off its marks; what was not marked by it any more is dropped. A value is put where no other
// commit was in the mark since it was made. Returns how many marks were lost.
extern const char* const kClearScript;

// KEYS: writers, last, cells. ARGV: token, milliseconds to live of a bucket. Takes a token off, of
// a commit that is known to be over; other things are left alone.
extern const char* const kResolveScript;

// KEYS: key types, registry nonce, table, last, objects. ARGV: key types. Drops the objects and, by
// their registry nonce, all lists and counts of the table, as of a write that nobody marked. When
// rows are kept by a key of other types, and for "*", the table.
extern const char* const kDropScript;

// KEYS: templates, registry nonce, writers, quarantine, last, table, buckets. ARGV: template, its
// text, nonce, milliseconds to live of a bucket, '1' for a list that is cut, '1' for rows.
// Registers the template and gives the stamps of the query, made where there were none: {S,
// registry nonce, last or "", table, buckets}; or {P, tokens} of commits that may not know of the
// template; or {M, cell, 0 for the table or the bucket's number} for a mark, or a stamp that holds
// commits.
extern const char* const kAcquireScript;

// KEYS: key types, table, last, objects. ARGV: key types, table's nonce, last as it was acquired,
// milliseconds to live, values. Puts values of rows that nobody leased, as they came with a list,
// when no commit was over since. Returns how many were put.
extern const char* const kPutRowsScript;

// KEYS: copies. ARGV: milliseconds that copies are used. Tells writers of it.
extern const char* const kCopiesScript;
// KEYS: bucket, entry. ARGV: nonce, soft, place of the list's last row (none: it is not cut),
// entry, milliseconds to live of it, of a bucket. Puts the entry if the stamp held no commit since
// it was acquired, which had so many. Returns whether it did.
extern const char* const kPutWindowScript;

}  // namespace thing::cache::shared
