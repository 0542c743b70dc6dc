/* track.pml - a copy in the process that Redis pushes keep fresh (CLIENT TRACKING under RESP2).
 *
 * Two connections: one with tracking on, that reads, and one that receives the pushes. The reader puts a placeholder
 * before GET, an invalidation takes it away, and a reply is kept only where its placeholder still is.
 * Options
 *   NO_PLACEHOLDER      replies are kept in any case
 *   BROADCAST           pushes for all keys; else one push for a key that was read
 *   ONE_CONNECTION      the tracking connection receives its own pushes
 *   RECEIVER_HEARTBEAT  the receiving connection is pinged; when it is lost all copies go
 *   TRACKER_HEARTBEAT   so is the tracking one
 * What happens
 *   RECEIVER_BREAKS, TRACKER_BREAKS
 * What is asked
 *   always  at rest the copy is the present value
 *   FRESH   no read is older than a change that had returned when it began, which pushes can not give
 */
byte current = 0;          /* the key in Redis */
bit tracked = 0, receiver_up = 1, tracker_up = 1;
chan pushes = [3] of { byte };

#define NOTHING     0
#define PLACEHOLDER 1
#define COPY        2
byte state = NOTHING, copy = 0;

byte returned = 0, readers_done = 0, writers_done = 0, breaks = 0, junk;
hidden byte stale_at_rest, stuck;

#ifdef BROADCAST
#define HEARS (tracker_up && receiver_up)
#else
#define HEARS (tracked && receiver_up)
#endif

active proctype writer() {
  byte written = 0;
  do
  :: written < 2 ->
     atomic { current++; if :: HEARS -> pushes ! current :: else fi; tracked = 0 };
     returned = current;
     written++
  :: else -> break
  od;
  writers_done = 1
}

active proctype receiver() {
  byte push;
end:
  do
  :: atomic { pushes ? push -> state = NOTHING; copy = 0 }
  od
}

#ifdef NO_PLACEHOLDER
#define MAY_KEEP true
#else
#define MAY_KEEP (state == PLACEHOLDER)
#endif

active proctype reader() {
  byte reads = 0, value, promised;
  do
  :: reads < 3 ->
     promised = returned;
     if
     :: atomic { state == COPY -> value = copy }
     :: atomic {
          state != COPY ->
#ifdef NO_PLACEHOLDER
          skip
#else
          state = PLACEHOLDER
#endif
        };
        if
        :: tracker_up ->
           atomic { tracked = 1; value = current }; /* Redis answers; things happen while the reply travels */
           atomic { if :: MAY_KEEP -> state = COPY; copy = value :: else -> skip fi }
        :: !tracker_up -> value = current /* over another connection, not kept */
        fi
     fi;
#ifdef FRESH
     assert(value >= promised);
#endif
     reads++
  :: else -> break
  od;
  readers_done = 1
}

#ifdef RECEIVER_BREAKS
active proctype break_receiver() {
end:
  do
  :: atomic {
       breaks < 1 && receiver_up ->
       receiver_up = 0; breaks++;
       do :: pushes ? junk :: empty(pushes) -> break od;
#ifdef ONE_CONNECTION
       tracker_up = 0; tracked = 0
#endif
     }
  od
}
#endif
#ifdef TRACKER_BREAKS
active proctype break_tracker() {
end:
  do
  :: atomic { breaks < 1 && tracker_up -> tracker_up = 0; tracked = 0; breaks++ }
  od
}
#endif

#ifdef RECEIVER_HEARTBEAT
active proctype ping_receiver() {
end:
  do
  :: atomic {
       !receiver_up -> state = NOTHING; copy = 0; receiver_up = 1;
#ifdef ONE_CONNECTION
       tracker_up = 1
#endif
     }
  od
}
#endif
#ifdef TRACKER_HEARTBEAT
active proctype ping_tracker() { end: do :: atomic { !tracker_up -> state = NOTHING; copy = 0; tracker_up = 1 } od }
#endif

active proctype at_rest() {
  timeout -> atomic {
    stuck = (!readers_done || !writers_done);
    assert(!stuck);
    stale_at_rest = (state == COPY && copy != current);
    assert(!stale_at_rest)
  }
}
