/* rows.pml - object.pml, and readers of a list, who put the row that came with it into its cell. Its key was not known
 * before the database was read, so that nobody could take a lease.
 *
 * A cell of the table, the "last", holds the token of the last writer at MARK, or a nonce. Who reads a list remembers
 * it before the database is read, and only while no writer is under way; and puts the row where its cell is absent,
 * if the last is still the same. What may have been marked unseen, as marks or the hash of writers under way were
 * lost, ends with the last deleted: by CLEAR, by who resolves a dead writer, by who drops what a writer without marks
 * wrote.
 * Options, besides those of object.pml with MARKS
 *   LISTERS=n, LISTS=n  so many readers of lists, so many times each
 *   ENDS               another protocol: CLEAR, resolving and dropping always delete the last, MARK does not touch it,
 *                      writers under way are not asked for
 * Without one rule
 *   NO_LAST_AT_MARK    MARK does not touch the last
 *   WRITERS_NOT_ASKED  the last is remembered whoever is under way
 *   LOSS_NOT_TOLD      CLEAR leaves the last where the hash of writers was lost
 *   MARK_NOT_TOLD      ... where the mark was lost
 *   ENDS_UNTOLD        with ENDS, CLEAR leaves the last
 *   RESOLVED_UNTOLD    who resolves a dead writer leaves the last
 *   DROPPED_UNTOLD     who drops leaves the last
 *   OVER_ALL           the row is put over whatever is in the cell
 *   OVER_MARKS         ... over a mark alone
 *   LATE               the last is remembered after the database was read
 *   TWO_MARKS          a commit marks another row of the table before, in a script of its own, by the same token
 * What happens besides
 *   EVICTIONS=n        the last may vanish too
 *   WRITERS_LOST       ... and the hash of writers under way
 */
#ifndef LISTERS
#define LISTERS 1
#endif
#ifndef LISTS
#define LISTS 1
#endif

byte last = 0, nonces = 0; /* 0 where it is absent, a token, or FIRST_NONCE and more */
byte under_way = 0;        /* tokens between MARK and CLEAR */
byte listers_done = 0;
#define FIRST_NONCE 10

#ifdef ENDS
#define ENTER(t)
#define LEAVE(t)
#else
#define ENTER(t) under_way = under_way | (1 << (t));
#define LEAVE(t) under_way = under_way & (255 - (1 << (t)));
#endif
#if defined(NO_LAST_AT_MARK) || defined(ENDS)
#define ALSO_AT_MARK(t) ENTER(t)
#else
#define ALSO_AT_MARK(t) ENTER(t) last = (t) + 1;
#endif
#if defined(TWO_MARKS) && !defined(ENDS) /* where MARK touches nothing of the table */
#define ALSO_BEFORE_MARK(t) if :: atomic { ALSO_AT_MARK(t) } OR_KILLED(t) fi;
#else
#define ALSO_BEFORE_MARK(t)
#endif

#ifdef MARK_NOT_TOLD
#define MARK_LOST(t) false
#else
#define MARK_LOST(t) !(cell == MARKED && (tokens & (1 << (t))))
#endif
#ifdef LOSS_NOT_TOLD
#define WRITER_LOST(t) false
#else
#define WRITER_LOST(t) !(under_way & (1 << (t)))
#endif
#if defined(ENDS_UNTOLD)
#define ENDS_LAST(t) false
#elif defined(ENDS)
#define ENDS_LAST(t) true
#else
#define ENDS_LAST(t) (MARK_LOST(t) || WRITER_LOST(t))
#endif
#define ALSO_AT_CLEAR(t) if :: ENDS_LAST(t) -> last = 0 :: else fi; LEAVE(t)

#ifdef RESOLVED_UNTOLD
#define ALSO_AT_RESOLVE(t) LEAVE(t)
#else
#define ALSO_AT_RESOLVE(t) LEAVE(t) last = 0;
#endif
/* Where the token is met among the writers under way, or in another cell, the mark of this cell stays. */
#ifdef ENDS
#define ALSO_RESOLVE(t)
#else
#define ALSO_RESOLVE(t) :: atomic { (under_way & (1 << (t))) && IS_ORPHAN(t) -> ALSO_AT_RESOLVE(t) }
#endif

#ifdef DROPPED_UNTOLD
#define ALSO_AT_DROP
#else
#define ALSO_AT_DROP last = 0;
#endif

#ifdef WRITERS_LOST
#define ALSO_VANISHES \
  :: atomic { evicted < EVICTIONS && last != 0 -> last = 0; evicted++ } \
  :: atomic { evicted < EVICTIONS && under_way != 0 -> under_way = 0; evicted++ }
#else
#define ALSO_VANISHES :: atomic { evicted < EVICTIONS && last != 0 -> last = 0; evicted++ }
#endif

#ifdef OWNER_IS
#define ALSO_AT_REST assert(listers_done == LISTERS && under_way == 0);
#else
#define ALSO_AT_REST assert(listers_done == LISTERS);
#endif

#include "object.pml"

#if defined(WRITERS_NOT_ASKED) || defined(ENDS)
#define MAY_REMEMBER true
#else
#define MAY_REMEMBER (under_way == 0)
#endif
#if defined(OVER_ALL)
#define MAY_PUT true
#elif defined(OVER_MARKS)
#define MAY_PUT (cell == ABSENT || cell == MARKED)
#else
#define MAY_PUT (cell == ABSENT)
#endif

inline remember() {
  atomic {
    if :: last == 0 -> last = FIRST_NONCE + nonces; nonces++ :: else fi;
    if :: MAY_REMEMBER -> remembered = last :: else fi
  }
}

inline put_row() {
  if
  :: atomic {
       if
       :: remembered != 0 && remembered == last && MAY_PUT ->
          empty_cell(); cell = FILLED; cell_value = value; tokens = 0; shared_mark = 0
       :: else
       fi
     }
  :: skip /* it is lost, or the reader dies */
  fi
}

active [LISTERS] proctype lister() {
  byte lists = 0, value, promised, remembered;
  do
  :: lists < LISTS ->
     atomic {
       promised = returned;
#ifdef ORDERED
       raise(promised, seen)
#endif
     };
#ifdef LATE
     value = committed;
     remember();
#else
     remember();
     value = committed;
#endif
     put_row();
     atomic { assert(value >= promised); raise(seen, value); lists++; value = 0; promised = 0; remembered = 0 }
  :: else -> break
  od;
  atomic { listers_done++ }
}
