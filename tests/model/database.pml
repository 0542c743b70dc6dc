/* database.pml - transactions, and the server that ends them on its own, also after their client was killed.
 *
 * Included by the models with writers. Before that they say how many TRANSACTIONS there are, and what happens to
 * their data: take_effect(t) at the commit, undo(t) when the server rolls back.
 */
#define IDLE      0
#define OPEN      1 /* statements are done; what a client has not sent yet it can still leave */
#define SENT      2 /* COMMIT is on its way or running: nobody can stop it */
#define COMMITTED 3
#define ABORTED   4
#define QUEUED    5 /* one statement that commits by itself, waiting for a row lock */

byte tx[TRANSACTIONS];
bit killed[TRANSACTIONS]; /* its client is dead */
bit ended[TRANSACTIONS];  /* and its session, as the server knows it, is over */

#define IS_OVER(t) (tx[t] == COMMITTED || tx[t] == ABORTED || tx[t] == IDLE)

#ifdef AUTOCOMMIT
#define LOCK_FOR(t) :: atomic { tx[t] == QUEUED && row_lock == 0 -> lock_row(t); tx[t] = SENT }
#else
#define LOCK_FOR(t)
#endif

#define SERVE(t) \
  :: atomic { tx[t] == SENT -> take_effect(t); tx[t] = COMMITTED } \
  :: atomic { killed[t] && tx[t] == OPEN -> undo(t); tx[t] = ABORTED } \
  :: atomic { killed[t] && !ended[t] && IS_OVER(t) -> ended[t] = 1 } \
  LOCK_FOR(t)

active proctype server() {
end:
  do
  SERVE(0)
  SERVE(1)
#if TRANSACTIONS > 2
  SERVE(2)
  SERVE(3)
#endif
  od
}

/* Stands beside each step of a writer: instead of it, the writer's process is killed. */
#ifdef KILLS
#define OR_KILLED(t) :: atomic { killed[t] = 1; goto done }
#else
#define OR_KILLED(t)
#endif

inline raise(x, to) { if :: (to) > x -> x = to :: else fi }
