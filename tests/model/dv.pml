/* dv.pml - copies in a process beside a SQLite file that other processes write, checked by the file's change mark
 * (PRAGMA data_version, or the header of the WAL index).
 *
 * A copy keeps the mark read before its row and counts while a connection that only watches still sees that mark.
 * Options
 *   ROW_FIRST   the mark is read after the row
 *   WATCH_WRITES  writer 0 commits over the watching connection, which does not see its own commits
 */
byte row = 0, seen_mark = 0; /* the row's version; the mark as the watching connection sees it */
byte returned = 0, seen = 0;

inline raise(x, to) { if :: (to) > x -> x = to :: else fi }

proctype writer(byte number) {
  byte mine, written = 0;
  do
  :: written < 2 ->
     atomic {
       row++; mine = row;
#ifdef WATCH_WRITES
       if :: number != 0 -> seen_mark++ :: else fi
#else
       seen_mark++
#endif
     };
     atomic { raise(returned, mine); written++ }
  :: else -> break
  od
}

proctype reader() {
  byte value, mark, promised, reads = 0, copy, copy_mark;
  bit has_copy = 0;
  do
  :: reads < 4 ->
     atomic { promised = returned; raise(promised, seen) };
     mark = seen_mark;
     if
     :: has_copy && copy_mark == mark -> value = copy
     :: !(has_copy && copy_mark == mark) ->
        value = row;
#ifdef ROW_FIRST
        mark = seen_mark;
#endif
        has_copy = 1; copy = value; copy_mark = mark
     fi;
     atomic { assert(value >= promised); raise(seen, value); reads++ }
  :: else -> break
  od
}

init { atomic { run writer(0); run writer(1); run reader(); run reader() } }
