package thing;

import java.lang.ref.Reference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import java.util.function.Supplier;
import thing.raw.Native;
import thing.raw.Raw;
import thing.raw.Text;

/**
 * Where calls are made: a database, a transaction, or either with options for its calls. {@link Thing} and what
 * {@link #with} makes of it belong to any number of threads, a transaction to one at a time.
 */
public abstract sealed class Session permits Thing, Tx, Calls {
  Session() {}

  abstract Thing thing();

  /** The handle of the context for one call; flags are those of thing.h. To be given to leave. */
  abstract long enter(int flags);

  abstract void leave(long ctx, int flags);

  /** What holds for calls that are made here. */
  abstract Bounds bounds();

  /** What objects were before they were written in the transaction; null: there is none. */
  abstract Past past();

  final Past pastOrNew() {
    Past past = past();
    return past == null ? new Past() : past;
  }

  /** Whether contexts here are those of a transaction, which outlive a call. */
  abstract boolean isInTransaction();

  final <R> R calling(LongFunction<R> call) {
    return calling(0, call);
  }

  final <R> R calling(int flags, LongFunction<R> call) {
    long ctx = enter(flags);
    try {
      return call.apply(ctx);
    } finally {
      leave(ctx, flags);
      Reference.reachabilityFence(this); // so nobody cleans up behind a call that runs
    }
  }

  /** A call that may run hooks, which is taken back with what they write when it throws or does nothing. */
  final <R> R writing(Supplier<R> call, Predicate<? super R> isDone) {
    return thing().hasHooks() ? pastOrNew().during(call, isDone) : call.get();
  }

  static boolean isFound(int status) {
    return status != Code.NOT_FOUND.status();
  }

  /** The status, unless the cache was asked alone and does not know. */
  static int known(int status) {
    if (status == Code.MORE.status()) {
      throw ThingException.of(Code.MORE, "the cache does not hold it, and was asked alone");
    }
    return status;
  }

  /**
   * The rows of a class's model. The model is registered when it is annotated and was not.
   *
   * @param type a class or record with {@link Model}, or whose simple name is that of a registered model
   * @param <T> its type
   * @return what reads and writes them here
   */
  public final <T> Repo<T> repo(Class<T> type) {
    return new Repo<>(this, thing().mapper(type));
  }

  /**
   * The same with options for each call.
   *
   * @param options them
   * @return what makes calls with them
   */
  public final Session with(CallOptions options) {
    return new Calls(this, Objects.requireNonNull(options, "options"));
  }

  /**
   * The same with a deadline for each call, counted from its start.
   *
   * @param timeout how long each may take
   * @return what makes calls with it
   */
  public final Session with(Duration timeout) {
    return with(CallOptions.timeout(timeout));
  }

  /**
   * One action, docs/reference/actions.md.
   *
   * @param model the model's name
   * @param action findMany, create, update ...
   * @param arguments a JSON object; null for none
   * @return the answer as JSON
   * @throws NotFoundException where a record has to be and is not
   */
  public final String call(String model, String action, String arguments) {
    byte[][] out = new byte[1][];
    int status = writing(
        () -> calling(ctx -> Raw.thing_call(thing().handle(), ctx, model, action, arguments, out)), Session::isFound);
    if (!isFound(status)) {
      throw ThingException.of(Code.NOT_FOUND, action + ": there is no such record", model);
    }
    return Text.string(out[0]);
  }

  /**
   * The same with arguments as maps, lists and values.
   *
   * @param model the model's name
   * @param action findMany, create, update ...
   * @param arguments by name
   * @return the answer as JSON
   */
  public final String call(String model, String action, Map<String, ?> arguments) {
    return call(model, action, JsonWriter.write(arguments));
  }

  /**
   * Runs one statement. All that is cached is dropped, as nobody says what it wrote.
   *
   * @param sql the statement, with ? for arguments
   * @param arguments their values
   * @return the number of rows it wrote
   */
  public final long exec(String sql, Object... arguments) {
    return execute(null, sql, arguments);
  }

  /**
   * Runs one statement that writes to some tables, of which cached rows and lists are dropped.
   *
   * @param tables the tables it writes, joined by ","
   * @param sql the statement, with ? for arguments
   * @param arguments their values
   * @return the number of rows it wrote
   */
  public final long execOn(String tables, String sql, Object... arguments) {
    return execute(tables, sql, arguments);
  }

  private long execute(String tables, String sql, Object[] arguments) {
    long[] affected = new long[1];
    calling(
        ctx -> Raw.thing_exec(thing().handle(), ctx, sql, arguments.length == 0 ? null : JsonWriter.write(arguments), tables, affected));
    return affected[0];
  }

  /**
   * Runs one statement that only reads.
   *
   * @param sql the statement, with ? for arguments
   * @param arguments their values
   * @return its rows
   */
  public final List<Row> query(String sql, Object... arguments) {
    List<Row> rows = new ArrayList<>();
    for (Object row : JsonReader.list(queryJson(sql, arguments))) {
      rows.add(Row.of(row));
    }
    return rows;
  }

  /**
   * Runs one statement that only reads.
   *
   * @param sql the statement, with ? for arguments
   * @param arguments their values
   * @return its rows as a JSON array
   */
  public final String queryJson(String sql, Object... arguments) {
    long[] rows = new long[1];
    byte[][] json = new byte[1][];
    return calling(
        ctx -> {
          String values = arguments.length == 0 ? null : JsonWriter.write(arguments);
          Raw.thing_sql(thing().handle(), ctx, sql, values, rows);
          try {
            Raw.thing_rows_json(rows[0], 0, json);
          } finally {
            Raw.thing_rows_free(rows[0]);
          }
          return Text.string(json[0]);
        });
  }

  /**
   * Runs a body in a transaction and commits; whatever it throws takes all of it back, and comes out as it is. Inside of
   * another transaction it is a savepoint. The body uses the session that it is given.
   *
   * @param body what to do
   * @param <R> what it gives
   * @param <X> what it throws
   * @return what the body gave
   * @throws X what the body threw
   */
  public final <R, X extends Exception> R tx(TxFunction<R, X> body) throws X {
    return tx(TxOptions.DEFAULT, body);
  }

  /**
   * The same with options; with more than one attempt all of the body runs again when it lost against others. Objects of
   * classes that it saves are, each time, as they were before; records never change.
   *
   * @param options isolation, attempts
   * @param body what to do
   * @param <R> what it gives
   * @param <X> what it throws
   * @return what the body gave
   * @throws X what the body threw
   */
  public final <R, X extends Exception> R tx(TxOptions options, TxFunction<R, X> body) throws X {
    TxRun<R, X> run = new TxRun<>(this, body);
    try {
      calling(ctx -> Native.txRun(thing().handle(), ctx, options.flags(), options.attempts(), run));
    } catch (Throwable e) {
      run.end(Past.mayHaveHappened(e));
      throw TxRun.<RuntimeException>anyOf(run.isCauseOf(e) ? run.thrown() : e);
    }
    run.end(true);
    return run.result();
  }

  /**
   * The same for a body that gives nothing.
   *
   * @param body what to do
   * @param <X> what it throws
   * @throws X what the body threw
   */
  public final <X extends Exception> void useTx(TxAction<X> body) throws X {
    useTx(TxOptions.DEFAULT, body);
  }

  /**
   * The same for a body that gives nothing, with options.
   *
   * @param options isolation, attempts
   * @param body what to do
   * @param <X> what it throws
   * @throws X what the body threw
   */
  public final <X extends Exception> void useTx(TxOptions options, TxAction<X> body) throws X {
    this.<Void, X>tx(
        options,
        tx -> {
          body.run(tx);
          return null;
        });
  }

  /**
   * Begins a transaction, to be ended by commit; close rolls back what was not.
   *
   * @param options isolation
   * @return the transaction
   */
  public final Tx begin(TxOptions options) {
    long[] tx = new long[1];
    Bounds bounds = bounds();
    calling(ctx -> Raw.thing_tx_begin(thing().handle(), ctx, options.flags(), tx));
    return Tx.owned(thing(), tx[0], bounds, pastOrNew());
  }

  /**
   * Begins a transaction with the defaults.
   *
   * @return the transaction
   */
  public final Tx begin() {
    return begin(TxOptions.DEFAULT);
  }
}
