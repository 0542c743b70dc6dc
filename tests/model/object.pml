/* object.pml - one row, the cell that caches it, writers, readers, evictions.
 *
 * The protocol, one of
 *   NAIVE          COMMIT, then DEL; a reader that misses reads the row and SETs it
 *   DOUBLE_DELETE  DEL, COMMIT, DEL; readers as NAIVE
 *   LOCKED_SET     COMMIT, then SET of the writer's own image under a lock that expires; readers as NAIVE
 *   LEASE_ONLY     COMMIT, then DEL; a reader fills only what it still holds the lease of
 *   MARKS          UPDATE, MARK, COMMIT, CLEAR; readers as LEASE_ONLY. What libthing does.
 * Options of MARKS
 *   EARLY_RETURN   the write returns before CLEAR
 *   WRITE_THROUGH  CLEAR installs the writer's image if its token was alone all the time
 *   ALONE_NOW      ... or only at the end, which is not enough
 *   AUTOCOMMIT     MARK, then one statement that commits by itself
 *   ROLLBACK       a writer may roll back
 *   OWNER_IS=SESSION   the token of a dead writer goes when the database session is over
 *           =ROW_LOCK  ... when nobody holds the row's lock
 *           =TIMER     ... at any time
 *   UNREACHED      a writer may not reach Redis: it commits with an outbox row, which a poller applies
 *   NO_OUTBOX      ... and without one
 *   RESTORE        Redis restarts once from an older snapshot
 *   NEW_NAMESPACE  ... which clients notice by its run id, and begin with an empty namespace
 * What happens
 *   KILLS          a writer may die at any step
 *   EVICTIONS=n    so many values and leases vanish, with MARKS_LOST marks too
 * What is asked
 *   always         no read is older than a write that had returned when it began; at rest the cell holds neither an
 *                  old value nor a mark, and everybody got through
 *   ORDERED        no read is older than what another, finished one returned
 *   EVERY_STATE    a readable value is the committed one in every state, not only at rest
 */
#ifndef WRITERS
#define WRITERS 2
#endif
#ifndef READERS
#define READERS 2
#endif
#ifndef WRITES
#define WRITES 1
#endif
#ifndef READS
#define READS 2
#endif
#define TRANSACTIONS (WRITERS * WRITES)

#define SESSION  1
#define ROW_LOCK 2
#define TIMER    3

#define ABSENT 0
#define LEASED 1
#define FILLED 2
#define MARKED 3
byte cell = ABSENT, cell_value = 0, leaseholder = 0, tokens = 0;
bit shared_mark = 0; /* more than one token was in the mark, or one was lost */

byte committed = 0; /* the version of the row */
byte row_lock = 0;  /* transaction + 1 */
byte image[TRANSACTIONS];

byte returned = 0; /* the newest version whose write returned */
byte seen = 0;     /* the newest version that a finished read returned */
byte writers_done = 0, readers_done = 0;
hidden byte stale_now, stale_at_rest, marked_at_rest, stuck;

inline lock_row(t) { row_lock = t + 1; image[t] = committed + 1 }
inline take_effect(t) { committed = image[t]; row_lock = 0 }
inline undo(t) { row_lock = 0 }

#include "database.pml"

/* What rows.pml adds to the steps. */
#ifndef ALSO_AT_MARK
#define ALSO_AT_MARK(t)
#define ALSO_AT_CLEAR(t)
#define ALSO_AT_DROP
#define ALSO_AT_RESOLVE(t)
#define ALSO_VANISHES
#define ALSO_AT_REST
#define ALSO_BEFORE_MARK(t)
#define ALSO_RESOLVE(t)
#endif

/* Redis scripts: atomic */

inline empty_cell() { cell = ABSENT; cell_value = 0; leaseholder = 0 }

inline mark(t) {
  atomic {
    ALSO_AT_MARK(t)
    if
    :: cell == MARKED -> tokens = tokens | (1 << (t)); shared_mark = 1
    :: else -> empty_cell(); cell = MARKED; tokens = (1 << (t)); shared_mark = 0
    fi
  }
}

#if defined(ALONE_NOW)
#define MAY_INSTALL (tx[t] == COMMITTED)
#elif defined(WRITE_THROUGH)
#define MAY_INSTALL (tx[t] == COMMITTED && !shared_mark)
#else
#define MAY_INSTALL (false)
#endif

inline clear(t) {
  atomic {
    ALSO_AT_CLEAR(t)
    if
    :: cell == MARKED && (tokens & (1 << (t))) ->
       tokens = tokens & (255 - (1 << (t)));
       if
       :: tokens == 0 && MAY_INSTALL -> cell = FILLED; cell_value = image[t]; shared_mark = 0
       :: tokens == 0 && !MAY_INSTALL -> empty_cell(); shared_mark = 0
       :: else
       fi
    :: cell == MARKED && !(tokens & (1 << (t))) -> shared_mark = 1 /* our token was lost, and so others may have */
    :: else -> empty_cell()
    fi
  }
}

inline delete() { atomic { empty_cell(); tokens = 0; shared_mark = 0 } }

/* Writers. Each step is a choice of doing it and of dying before it. */

#define LOCKED(t) atomic { row_lock == 0 -> lock_row(t); tx[t] = OPEN }
#define SAY_RETURNED(t) atomic { if :: tx[t] == COMMITTED -> raise(returned, image[t]) :: else fi }

#ifdef UNREACHED
bit degraded[TRANSACTIONS], applied[TRANSACTIONS];
#define OR_DEGRADED(t) :: degraded[t] = 1
#else
#define OR_DEGRADED(t)
#endif
#ifdef ROLLBACK
#define OR_ROLLED_BACK(t) :: atomic { tx[t] = ABORTED; row_lock = 0 }
#else
#define OR_ROLLED_BACK(t)
#endif

inline write_with_marks(t) {
#ifdef AUTOCOMMIT
  if :: mark(t) OR_KILLED(t) fi;
  if :: tx[t] = QUEUED OR_KILLED(t) fi;
#else
  if :: LOCKED(t) OR_KILLED(t) fi;
  ALSO_BEFORE_MARK(t)
  if :: mark(t) OR_DEGRADED(t) OR_KILLED(t) fi;
  if :: tx[t] = SENT OR_ROLLED_BACK(t) OR_KILLED(t) fi;
#endif
  if :: tx[t] == COMMITTED || tx[t] == ABORTED OR_KILLED(t) fi;
#if defined(EARLY_RETURN)
  SAY_RETURNED(t);
  if :: clear(t) OR_KILLED(t) fi
#elif defined(UNREACHED)
  if
  :: degraded[t] -> skip /* it returns "degraded", which promises nothing */
  :: !degraded[t] -> clear(t); SAY_RETURNED(t)
  OR_KILLED(t)
  fi
#else
  if :: clear(t) OR_KILLED(t) fi;
  SAY_RETURNED(t)
#endif
}

#ifdef LOCKED_SET
byte redis_lock = 0;
active proctype lock_expiry() { end: do :: atomic { redis_lock != 0 -> redis_lock = 0 } od }
#endif

inline write_without(t) {
#ifdef DOUBLE_DELETE
  if :: delete() OR_KILLED(t) fi;
#endif
  if :: LOCKED(t) OR_KILLED(t) fi;
  if :: tx[t] = SENT OR_KILLED(t) fi;
  if :: tx[t] == COMMITTED OR_KILLED(t) fi;
#ifdef LOCKED_SET
  if :: atomic { redis_lock == 0 -> redis_lock = t + 1 } OR_KILLED(t) fi;
  if :: atomic { cell = FILLED; cell_value = image[t] } OR_KILLED(t) fi;
  if :: redis_lock = 0 OR_KILLED(t) fi;
#else
  if :: delete() OR_KILLED(t) fi;
#endif
  SAY_RETURNED(t)
}

proctype writer(byte number) {
  byte written = 0, t;
  do
  :: written < WRITES ->
     t = number * WRITES + written;
#ifdef MARKS
     write_with_marks(t);
#else
     write_without(t);
#endif
     atomic { written++; t = 0 }
  :: else -> break
  od;
done:
  atomic { writers_done++ }
}

/* Readers */

#define HIT    1
#define MISS   2
#define BYPASS 3

inline look_up() {
#if defined(MARKS) || defined(LEASE_ONLY)
  atomic { /* SET key lease NX GET */
    if
    :: cell == FILLED -> value = cell_value; answer = HIT
    :: cell == ABSENT -> cell = LEASED; leaseholder = number + 1; answer = MISS
    :: else -> answer = BYPASS
    fi
  }
#else
  atomic { if :: cell == FILLED -> value = cell_value; answer = HIT :: else -> answer = MISS fi }
#endif
}

inline fill() {
#if defined(MARKS) || defined(LEASE_ONLY)
  if
  :: atomic {
       if
       :: cell == LEASED && leaseholder == number + 1 -> cell = FILLED; cell_value = value; leaseholder = 0
       :: else
       fi
     }
  :: skip /* the fill is lost, or the reader dies */
  fi
#else
  atomic { cell = FILLED; cell_value = value }
#endif
}

proctype reader(byte number) {
  byte reads = 0, value, promised, answer;
  do
  :: reads < READS ->
     atomic {
       promised = returned;
#ifdef ORDERED
       raise(promised, seen)
#endif
     };
     look_up();
     if
     :: answer == HIT -> skip
     :: answer == MISS -> value = committed; fill()
     :: answer == BYPASS -> value = committed
     fi;
     atomic { assert(value >= promised); raise(seen, value); reads++; value = 0; promised = 0; answer = 0 }
  :: else -> break
  od;
  atomic { readers_done++ }
}

/* What happens to the cell besides */

#ifdef EVICTIONS
active proctype evictor() {
  byte evicted = 0;
end:
  do
  :: atomic { evicted < EVICTIONS && (cell == FILLED || cell == LEASED) -> empty_cell(); evicted++ }
#ifdef MARKS_LOST
  :: atomic { evicted < EVICTIONS && cell == MARKED -> cell = ABSENT; tokens = 0; shared_mark = 0; evicted++ }
#endif
  ALSO_VANISHES
  od
}
#endif

#if defined(UNREACHED) && !defined(NO_OUTBOX)
inline apply(t) {
  applied[t] = 1;
  ALSO_AT_DROP
  if :: cell == MARKED -> shared_mark = 1 :: else -> empty_cell() fi
}
active proctype poller() {
end:
  do
  :: atomic { degraded[0] && tx[0] == COMMITTED && !applied[0] -> apply(0) }
  :: atomic { degraded[1] && tx[1] == COMMITTED && !applied[1] -> apply(1) }
  od
}
#endif

#ifdef RESTORE
byte old_cell, old_value, old_leaseholder, old_tokens;
bit old_shared_mark;
active proctype restart() {
  atomic {
    old_cell = cell; old_value = cell_value; old_leaseholder = leaseholder; old_tokens = tokens;
    old_shared_mark = shared_mark
  };
#ifdef NEW_NAMESPACE
  delete()
#else
  atomic {
    cell = old_cell; cell_value = old_value; leaseholder = old_leaseholder; tokens = old_tokens;
    shared_mark = old_shared_mark
  }
#endif
}
#endif

#ifdef OWNER_IS
#if OWNER_IS == SESSION
#define IS_ORPHAN(t) (ended[t])
#elif OWNER_IS == ROW_LOCK
#define IS_ORPHAN(t) (killed[t] && row_lock == 0)
#else
#define IS_ORPHAN(t) (killed[t])
#endif
inline drop_token(t) {
  ALSO_AT_RESOLVE(t)
  tokens = tokens & (255 - (1 << (t)));
  if :: tokens == 0 -> cell = ABSENT; shared_mark = 0 :: else -> shared_mark = 1 fi
}
#define RESOLVE(t) \
  :: atomic { cell == MARKED && (tokens & (1 << (t))) && IS_ORPHAN(t) -> drop_token(t) } \
  ALSO_RESOLVE(t)
active proctype resolver() {
end:
  do
  RESOLVE(0)
  RESOLVE(1)
#if TRANSACTIONS > 2
  RESOLVE(2)
  RESOLVE(3)
#endif
  od
}
#endif

active proctype at_rest() {
  timeout -> atomic {
    stuck = (writers_done != WRITERS || readers_done != READERS);
    assert(!stuck);
    stale_at_rest = (cell == FILLED && cell_value != committed);
    assert(!stale_at_rest);
    ALSO_AT_REST
#ifdef OWNER_IS
    marked_at_rest = (cell == MARKED);
    assert(!marked_at_rest)
#endif
  }
}

#ifdef EVERY_STATE
active proctype always() { end: atomic { cell == FILLED && cell_value != committed -> stale_now = 1; assert(!stale_now) } }
#endif

init {
  atomic {
    byte i = 0;
    do :: i < WRITERS -> run writer(i); i++ :: else -> break od;
    i = 0;
    do :: i < READERS -> run reader(i); i++ :: else -> break od;
    i = 0
  }
}
