/* list.pml - one cached query (a list of keys, a count) that depends on two buckets, and two writers whose rows fall
 * into them.
 *
 * An entry holds the registry's nonce, the stamp of each bucket, the result; it counts while all of them are the
 * present ones. A writer replaces the stamps of its buckets by a mark before COMMIT and takes the mark off after it.
 * It can do so only for query templates that are registered; the first reader of one registers it, and fills nothing
 * while writers are on their way that may not have known it (quarantine).
 * Options
 *   STAMPS_AFTER   stamps are taken after the database read
 *   DROP_BEFORE    no marks: stamps are dropped before COMMIT
 *   DROP_AFTER     no marks: stamps are dropped after COMMIT
 *   NO_QUARANTINE  fills at once after registering
 *   NO_SECOND_LOOK CLEAR does not look for a template that was registered since MARK
 *   REGISTERED     the template is known from the start
 * What happens
 *   ONE_BUCKET     the rows of both writers fall into bucket 0
 *   KILLS          a writer may die at any step
 *   EVICTIONS=n    so many stamps and entries vanish, with REGISTRY_LOST registrations too
 * What is asked: as in object.pml, for each bucket's part of the result
 *   ORDERED, EVERY_STATE
 */
#ifndef READERS
#define READERS 2
#endif
#ifndef READS
#define READS 2
#endif
#define TRANSACTIONS 2

#define ABSENT  0
#define STAMPED 1
#define MARKED  2
byte bucket[2], stamp[2], tokens[2];

bit registered = 0;
byte registry = 0, pending = 0; /* its nonce; tokens that fills wait for */
byte on_their_way = 0;          /* tokens between MARK and CLEAR */
bit knew[2];                    /* a writer knew the template at MARK */

bit is_cached = 0;
byte entry_registry, entry_stamp[2], entry_part[2];

byte nonces = 0;
byte part[2]; /* database: the version of each bucket's part of the result */

byte returned[2], seen[2];
byte writers_done = 0, readers_done = 0;
hidden byte stale_now, stale_at_rest, marked_at_rest, stuck;

#ifdef ONE_BUCKET
#define BUCKET(w) 0
#else
#define BUCKET(w) w
#endif
#define COUNTS \
  (is_cached && registered && entry_registry == registry && bucket[0] == STAMPED && stamp[0] == entry_stamp[0] && \
   bucket[1] == STAMPED && stamp[1] == entry_stamp[1])
#define IS_STALE (COUNTS && (entry_part[0] != part[0] || entry_part[1] != part[1]))

inline take_effect(t) { part[BUCKET(t)]++ }
inline undo(t) { skip }

#include "database.pml"

/* What a reader's question was answered with */
#define HIT    1
#define MISS   2
#define BYPASS 3

/* Redis scripts: atomic */

inline drop_stamp(b) { if :: bucket[b] == STAMPED -> bucket[b] = ABSENT; stamp[b] = 0 :: else fi }

inline take_token(w) {
  tokens[BUCKET(w)] = tokens[BUCKET(w)] & (3 - (1 << (w)));
  if :: tokens[BUCKET(w)] == 0 -> bucket[BUCKET(w)] = ABSENT :: else fi
}

inline mark(w) {
  atomic {
    on_their_way = on_their_way | (1 << (w));
    if
    :: registered ->
       knew[w] = 1;
       if
       :: bucket[BUCKET(w)] == MARKED -> tokens[BUCKET(w)] = tokens[BUCKET(w)] | (1 << (w))
       :: else -> bucket[BUCKET(w)] = MARKED; tokens[BUCKET(w)] = (1 << (w)); stamp[BUCKET(w)] = 0
       fi
    :: else
    fi
  }
}

#define HAS_TOKEN(w) (bucket[BUCKET(w)] == MARKED && (tokens[BUCKET(w)] & (1 << (w))))

inline clear(w) {
  atomic {
    on_their_way = on_their_way & (3 - (1 << (w)));
    if
    :: knew[w] -> if :: HAS_TOKEN(w) -> take_token(w) :: else -> drop_stamp(BUCKET(w)) fi
#ifndef NO_SECOND_LOOK
    :: !knew[w] && registered -> drop_stamp(BUCKET(w))
#endif
    :: else
    fi
  }
}

inline acquire() {
  atomic {
    answer = MISS;
    if :: !registered -> registered = 1; nonces++; registry = nonces; pending = on_their_way :: else fi;
#ifndef NO_QUARANTINE
    pending = pending & on_their_way;
    if :: pending != 0 -> answer = BYPASS :: else fi;
#endif
    if :: bucket[0] == MARKED || bucket[1] == MARKED -> answer = BYPASS :: else fi;
    if
    :: answer == MISS ->
       if :: bucket[0] == ABSENT -> nonces++; bucket[0] = STAMPED; stamp[0] = nonces :: else fi;
       if :: bucket[1] == ABSENT -> nonces++; bucket[1] = STAMPED; stamp[1] = nonces :: else fi;
       stamp0 = stamp[0]; stamp1 = stamp[1]; nonce = registry
    :: else
    fi
  }
}

proctype writer(byte w) {
  if :: tx[w] = OPEN OR_KILLED(w) fi;
#if defined(DROP_AFTER)
  if :: tx[w] = SENT OR_KILLED(w) fi;
  if :: tx[w] == COMMITTED OR_KILLED(w) fi;
  if :: atomic { drop_stamp(BUCKET(w)) } OR_KILLED(w) fi;
#elif defined(DROP_BEFORE)
  if :: atomic { drop_stamp(BUCKET(w)) } OR_KILLED(w) fi;
  if :: tx[w] = SENT OR_KILLED(w) fi;
  if :: tx[w] == COMMITTED OR_KILLED(w) fi;
#else
  if :: mark(w) OR_KILLED(w) fi;
  if :: tx[w] = SENT OR_KILLED(w) fi;
  if :: tx[w] == COMMITTED OR_KILLED(w) fi;
  if :: clear(w) OR_KILLED(w) fi;
#endif
  atomic { returned[BUCKET(w)]++ };
done:
  atomic { writers_done++ }
}

proctype reader() {
  byte reads = 0, value0, value1, promised0, promised1, stamp0, stamp1, nonce, answer;
  do
  :: reads < READS ->
     atomic {
       promised0 = returned[0]; promised1 = returned[1];
#ifdef ORDERED
       raise(promised0, seen[0]); raise(promised1, seen[1])
#endif
     };
     atomic { /* MGET of entry, registry, buckets */
       if
       :: COUNTS -> value0 = entry_part[0]; value1 = entry_part[1]; answer = HIT
       :: else -> answer = MISS
       fi
     };
     if
     :: answer == HIT -> skip
     :: answer == MISS ->
#ifdef STAMPS_AFTER
        atomic { value0 = part[0]; value1 = part[1] };
        acquire();
#else
        acquire();
        atomic { value0 = part[0]; value1 = part[1] };
#endif
        if
        :: answer == MISS ->
           if
           :: atomic {
                is_cached = 1; entry_registry = nonce;
                entry_stamp[0] = stamp0; entry_stamp[1] = stamp1;
                entry_part[0] = value0; entry_part[1] = value1
              }
           :: skip /* the fill is lost */
           fi
        :: else -> skip
        fi
     fi;
     atomic {
       assert(value0 >= promised0 && value1 >= promised1);
       raise(seen[0], value0); raise(seen[1], value1);
       reads++; value0 = 0; value1 = 0; promised0 = 0; promised1 = 0; stamp0 = 0; stamp1 = 0; nonce = 0; answer = 0
     }
  :: else -> break
  od;
  atomic { readers_done++ }
}

#ifdef EVICTIONS
active proctype evictor() {
  byte evicted = 0;
end:
  do
  :: atomic { evicted < EVICTIONS && bucket[0] == STAMPED -> bucket[0] = ABSENT; stamp[0] = 0; evicted++ }
  :: atomic { evicted < EVICTIONS && bucket[1] == STAMPED -> bucket[1] = ABSENT; stamp[1] = 0; evicted++ }
  :: atomic {
       evicted < EVICTIONS && is_cached -> is_cached = 0; entry_registry = 0; entry_stamp[0] = 0; entry_stamp[1] = 0;
       entry_part[0] = 0; entry_part[1] = 0; evicted++
     }
#ifdef REGISTRY_LOST
  :: atomic { evicted < EVICTIONS && registered -> registered = 0; registry = 0; pending = 0; evicted++ }
#endif
  od
}
#endif

#define RESOLVE(w) \
  :: atomic { \
       ended[w] && ((on_their_way & (1 << (w))) || HAS_TOKEN(w)) -> \
       on_their_way = on_their_way & (3 - (1 << (w))); \
       if :: HAS_TOKEN(w) -> take_token(w) :: else fi \
     }
active proctype resolver() {
end:
  do
  RESOLVE(0)
  RESOLVE(1)
  od
}

active proctype at_rest() {
  timeout -> atomic {
    stuck = (writers_done != 2 || readers_done != READERS);
    assert(!stuck);
    stale_at_rest = IS_STALE;
    assert(!stale_at_rest);
    marked_at_rest = (bucket[0] == MARKED || bucket[1] == MARKED || on_their_way != 0);
    assert(!marked_at_rest)
  }
}

#ifdef EVERY_STATE
active proctype always() { end: atomic { IS_STALE -> stale_now = 1; assert(!stale_now) } }
#endif

init {
  atomic {
    byte i = 0;
#ifdef REGISTERED
    registered = 1; nonces = 1; registry = 1;
#endif
    run writer(0); run writer(1);
    do :: i < READERS -> run reader(); i++ :: else -> break od;
    i = 0
  }
}
