/* window.pml - lists that are cut (ORDER BY score DESC LIMIT 1 and LIMIT 2 over rows 0, 1, 2), in one bucket.
 *
 * The bucket's guard is the loosest end of all windows filled under its present stamp. A writer whose before and
 * after image both lie behind the guard changes none of them: it puts a soft token, which lets hits go on and refuses
 * fills. Everything else is a hard mark. A fill is compared with the nonce and the count of soft tokens ever put.
 *   writer 0: row 0, FROM -> TO      writer 1: row 2, 5 -> 0
 * Options
 *   FILL_UNDER_SOFT  fills are allowed while there are soft tokens
 *   NO_SOFT_COUNT    a fill is not compared with the count of soft tokens
 *   KILLS, EVICTIONS=n
 *   SOFT_UNREACHED   asks that the soft path is never taken: the model must refute it, or it shows nothing
 */
#ifndef FROM
#define FROM 1
#endif
#ifndef TO
#define TO 3
#endif
#define TRANSACTIONS 2

byte score[3];
byte first = 2, second = 1;                                      /* of the database, by score */
byte nonce = 0, hard = 0, soft = 0, soft_count = 0, guard = 0;   /* the bucket; no nonce, no stamp; no guard, no window */
byte nonces = 0;
bit is_cached[2];
byte entry_nonce[2], entry_result[2];
byte writers_done = 0, readers_done = 0, soft_taken = 0;
hidden byte stale_now, marked_at_rest, stuck;

inline sort() {
  if
  :: score[0] > score[1] && score[0] > score[2] -> first = 0; if :: score[1] > score[2] -> second = 1 :: else -> second = 2 fi
  :: else ->
     if
     :: score[1] > score[2] -> first = 1; if :: score[0] > score[2] -> second = 0 :: else -> second = 2 fi
     :: else -> first = 2; if :: score[0] > score[1] -> second = 0 :: else -> second = 1 fi
     fi
  fi
}

#define RESULT(q) (q == 0 -> first : first * 4 + second)
#define COUNTS(q) (is_cached[q] && nonce != 0 && entry_nonce[q] == nonce)

inline take_effect(t) {
  if :: t == 0 -> score[0] = TO :: else -> score[2] = 0 fi;
  sort()
}
inline undo(t) { skip }

#include "database.pml"

inline mark(w, before, after) {
  atomic {
    if
    :: hard == 0 && nonce != 0 && guard != 0 && before < guard && after < guard ->
       soft = soft | (1 << w); soft_count++; soft_taken = 1
    :: else -> hard = hard | (1 << w); nonce = 0; guard = 0; soft_count = 0
    fi
  }
}
inline clear(w) { atomic { hard = hard & (3 - (1 << w)); soft = soft & (3 - (1 << w)) } }

proctype writer(byte w; byte before; byte after) {
  if :: tx[w] = OPEN OR_KILLED(w) fi;
  if :: mark(w, before, after) OR_KILLED(w) fi;
  if :: tx[w] = SENT OR_KILLED(w) fi;
  if :: tx[w] == COMMITTED OR_KILLED(w) fi;
  if :: clear(w) OR_KILLED(w) fi;
done:
  atomic { writers_done++ }
}

active proctype resolver() {
end:
  do
  :: atomic { ended[0] && ((hard | soft) & 1) -> clear(0) }
  :: atomic { ended[1] && ((hard | soft) & 2) -> clear(1) }
  od
}

#if defined(NO_SOFT_COUNT)
#define MAY_FILL (nonce == got_nonce && got_nonce != 0)
#elif defined(FILL_UNDER_SOFT)
#define MAY_FILL (nonce == got_nonce && got_nonce != 0 && soft_count == got_count)
#else
#define MAY_FILL (nonce == got_nonce && got_nonce != 0 && soft_count == got_count && soft == 0)
#endif

proctype reader() {
  byte reads = 0, got_nonce = 0, got_count = 0, result = 0, end_score = 0, q = 0;
  bit wants_to_fill = 0;
  do
  :: reads < 2 ->
     if :: q = 0 :: q = 1 fi;
     if
     :: atomic { COUNTS(q) -> reads++ }
     :: atomic { /* acquire */
          !COUNTS(q) ->
          wants_to_fill = 1;
          if :: hard != 0 -> wants_to_fill = 0 :: else fi;
#ifndef FILL_UNDER_SOFT
          if :: soft != 0 -> wants_to_fill = 0 :: else fi;
#endif
          if :: wants_to_fill && nonce == 0 -> nonces++; nonce = nonces; soft_count = 0; guard = 0 :: else fi;
          got_nonce = nonce; got_count = soft_count
        };
        atomic { result = RESULT(q); end_score = (q == 0 -> score[first] : score[second]) };
        if
        :: wants_to_fill ->
           atomic {
             if
             :: MAY_FILL ->
                is_cached[q] = 1; entry_nonce[q] = got_nonce; entry_result[q] = result;
                if :: guard == 0 || end_score < guard -> guard = end_score :: else fi
             :: else
             fi
           }
        :: else -> skip
        fi;
        atomic { reads++; got_nonce = 0; got_count = 0; result = 0; end_score = 0; wants_to_fill = 0; q = 0 }
     fi
  :: else -> break
  od;
  readers_done++
}

#ifdef EVICTIONS
active proctype evictor() {
  byte evicted = 0;
end:
  do
  :: atomic { evicted < EVICTIONS && nonce != 0 && hard == 0 && soft == 0 -> nonce = 0; guard = 0; soft_count = 0; evicted++ }
  :: atomic { evicted < EVICTIONS && is_cached[0] -> is_cached[0] = 0; entry_nonce[0] = 0; entry_result[0] = 0; evicted++ }
  :: atomic { evicted < EVICTIONS && is_cached[1] -> is_cached[1] = 0; entry_nonce[1] = 0; entry_result[1] = 0; evicted++ }
  od
}
#endif

#define IS_STALE(q) (COUNTS(q) && entry_result[q] != RESULT(q))
active proctype always() { end: atomic { IS_STALE(0) || IS_STALE(1) -> stale_now = 1; assert(!stale_now) } }

active proctype at_rest() {
  timeout -> atomic {
    stuck = (writers_done != 2 || readers_done != 2);
    assert(!stuck);
    marked_at_rest = (hard != 0 || soft != 0);
    assert(!marked_at_rest);
#ifdef SOFT_UNREACHED
    assert(!soft_taken)
#endif
  }
}

init {
  atomic {
    score[0] = FROM; score[1] = 2; score[2] = 5;
    sort();
    run writer(0, FROM, TO); run writer(1, 5, 0); run reader(); run reader()
  }
}
