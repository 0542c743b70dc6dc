/* l1.pml - copies in the process in front of the cell of object.pml, used for LEASE ticks without asking.
 *
 * A copy keeps the time taken before the request that validated it was sent, and may be used until that time + LEASE.
 * A writer whose MARK was acknowledged does not return before the acknowledgement + LEASE. Time is one tick for all.
 * Options
 *   NO_WAIT           the writer does not wait
 *   WAIT_FIRST        it waits before it sends COMMIT, not before it returns
 *   TIME_AT_REPLY     a copy keeps the time when the reply came
 *   SLOW_CLOCK        the clock of reader 1 runs at half the speed
 *   FILLED_AT_START   the cell holds the row
 *   KILLS, ORDERED    as in object.pml
 */
#ifndef LEASE
#define LEASE 2
#endif
#ifndef TICKS
#define TICKS 7
#endif
#ifndef READERS
#define READERS 2
#endif
#ifndef READS
#define READS 2
#endif
#ifndef WRITERS
#define WRITERS 2
#endif
#define TRANSACTIONS 2

#define ABSENT 0
#define LEASED 1
#define FILLED 2
#define MARKED 3
byte cell = ABSENT, cell_value = 0, leaseholder = 0, tokens = 0;

byte tick = 0;
byte committed = 0, row_lock = 0;
byte image[TRANSACTIONS];
byte returned = 0, seen = 0, readers_done = 0, writers_done = 0;
hidden byte stale_at_rest, stuck;

inline take_effect(t) { committed = image[t]; row_lock = 0 }
inline undo(t) { row_lock = 0 }

#include "database.pml"

active proctype clock() { end: do :: atomic { tick < TICKS -> tick++ } od }

inline drop_token(t) {
  tokens = tokens & (3 - (1 << (t)));
  if :: tokens == 0 -> cell = ABSENT :: else fi
}
active proctype resolver() {
end:
  do
  :: atomic { cell == MARKED && (tokens & 1) && ended[0] -> drop_token(0) }
  :: atomic { cell == MARKED && (tokens & 2) && ended[1] -> drop_token(1) }
  od
}

inline mark(t) {
  atomic {
    if
    :: cell == MARKED -> tokens = tokens | (1 << t)
    :: else -> cell = MARKED; tokens = (1 << t); cell_value = 0; leaseholder = 0
    fi
  }
}
inline clear(t) { atomic { if :: cell == MARKED && (tokens & (1 << t)) -> drop_token(t) :: else -> skip fi } }

#define WAITED (tick >= marked_at + LEASE)
#define TIME_IS_UP (tick == TICKS && tick < marked_at + LEASE) /* the model's time ends before the wait */

proctype writer(byte t) {
  byte marked_at;
  if :: atomic { row_lock == 0 -> row_lock = t + 1; image[t] = committed + 1; tx[t] = OPEN } OR_KILLED(t) fi;
  if :: mark(t) OR_KILLED(t) fi;
  marked_at = tick;
#if defined(WAIT_FIRST)
  if :: WAITED :: atomic { TIME_IS_UP -> killed[t] = 1; goto done } OR_KILLED(t) fi;
#endif
  if :: tx[t] = SENT OR_KILLED(t) fi;
  if :: tx[t] == COMMITTED OR_KILLED(t) fi;
  if :: clear(t) OR_KILLED(t) fi;
#if !defined(WAIT_FIRST) && !defined(NO_WAIT)
  if :: WAITED :: atomic { TIME_IS_UP -> goto done } OR_KILLED(t) fi;
#endif
  atomic { raise(returned, image[t]) };
done:
  atomic { writers_done++ }
}

#define COPY   0
#define HIT    1
#define MISS   2
#define BYPASS 3
#define ASK    9

#ifdef SLOW_CLOCK
#define OWN_CLOCK (number == 1 -> tick / 2 : tick)
#else
#define OWN_CLOCK tick
#endif

proctype reader(byte number) {
  byte reads = 0, value, promised, answer, asked_at, copy_value = 0, copy_time = 0;
  bit has_copy = 0;
  do
  :: reads < READS ->
     atomic {
       promised = returned;
#ifdef ORDERED
       raise(promised, seen)
#endif
     };
     atomic {
       if
       :: has_copy && OWN_CLOCK - copy_time < LEASE -> answer = COPY; value = copy_value
       :: else -> answer = ASK; has_copy = 0; copy_value = 0; copy_time = 0
       fi
     };
     if
     :: answer == COPY -> skip
     :: answer == ASK ->
        asked_at = OWN_CLOCK;
        atomic {
          if
          :: cell == FILLED -> value = cell_value; answer = HIT
          :: cell == ABSENT -> cell = LEASED; leaseholder = number + 1; answer = MISS
          :: else -> answer = BYPASS
          fi
        };
        if
        :: answer == HIT ->
#ifdef TIME_AT_REPLY
           asked_at = OWN_CLOCK;
#endif
           atomic { has_copy = 1; copy_value = value; copy_time = asked_at }
        :: answer == MISS ->
           value = committed;
           atomic {
             if
             :: cell == LEASED && leaseholder == number + 1 -> cell = FILLED; cell_value = value; leaseholder = 0
             :: else
             fi
           }
        :: answer == BYPASS -> value = committed
        fi
     fi;
     atomic {
       assert(value >= promised);
       raise(seen, value);
       reads++; value = 0; promised = 0; answer = 0; asked_at = 0
     }
  :: else -> break
  od;
  atomic { readers_done++ }
}

active proctype at_rest() {
  timeout -> atomic {
    stuck = (readers_done != READERS);
    assert(!stuck);
    stale_at_rest = (cell == FILLED && cell_value != committed);
    assert(!stale_at_rest)
  }
}

init {
  atomic {
    byte i = 0;
#ifdef FILLED_AT_START
    cell = FILLED;
#endif
    do :: i < WRITERS -> run writer(i); i++ :: else -> break od;
    i = 0;
    do :: i < READERS -> run reader(i); i++ :: else -> break od;
    i = 0
  }
}
