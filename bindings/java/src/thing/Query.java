package thing;

import static thing.raw.RawConstants.*;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import thing.raw.Native;
import thing.raw.Raw;
import thing.raw.Text;

/**
 * A question for rows. It never changes: each step gives another query, and any thread may run one, often.
 *
 * @param <T> the class of the objects
 */
public final class Query<T> {
  private static final int BATCH = 1000;

  private final Session session;
  private final Mapper<?> model; // that the rows are of
  private final Mapper<T> mapper; // what they become
  private final Criteria question;
  private volatile byte[] text; // made when it is needed, as UTF-8 JSON

  Query(Session session, Mapper<T> mapper) {
    this(session, mapper, mapper, Criteria.ALL);
  }

  private Query(Session session, Mapper<?> model, Mapper<T> mapper, Criteria question) {
    this.session = session;
    this.model = model;
    this.mapper = mapper;
    this.question = question;
  }

  private Query<T> with(Criteria other) {
    return new Query<>(session, model, mapper, other);
  }

  /** One that a document says, as the library printed it. */
  Query<T> document(Map<String, Object> document) {
    return with(question.document(document));
  }

  /**
   * The same question, asked elsewhere.
   *
   * @param other a transaction, or a session with options
   * @return the query
   */
  public Query<T> in(Session other) {
    return new Query<>(other, model, mapper, question);
  }

  private String nameOf(Getter<T, ?> field) {
    return mapper.shape.fieldOf(GetterNames.methodOf(field));
  }

  // ---- which rows

  /**
   * Rows that fulfil one more condition.
   *
   * @param condition it
   * @return the query
   */
  public Query<T> where(Where condition) {
    return with(question.condition(condition.document));
  }

  /**
   * Rows whose field equals a value; null finds NULL.
   *
   * @param field its name
   * @param value the value
   * @return the query
   */
  public Query<T> where(String field, Object value) {
    return where(Where.eq(field, value));
  }

  /**
   * Rows whose field compares with a value.
   *
   * @param field its name
   * @param op how
   * @param value the value
   * @return the query
   */
  public Query<T> where(String field, Op op, Object value) {
    return where(Where.of(field, op, value));
  }

  /**
   * Rows whose field equals a value.
   *
   * @param field a reference to its accessor, User::name
   * @param value the value
   * @param <V> the type of both
   * @return the query
   */
  public <V> Query<T> where(Getter<T, V> field, V value) {
    return where(nameOf(field), value);
  }

  /**
   * Rows whose field compares with a value.
   *
   * @param field a reference to its accessor, User::age
   * @param op how
   * @param value the value
   * @return the query
   */
  public Query<T> where(Getter<T, ?> field, Op op, Object value) {
    return where(nameOf(field), op, value);
  }

  /**
   * Rows that a scope of the model has, in its order where there is no other.
   *
   * @param names of scopes
   * @return the query
   */
  public Query<T> scope(String... names) {
    return with(question.rest("scope", List.of(names)));
  }

  /**
   * Without default scopes.
   *
   * @param names those to leave out; none: all of them
   * @return the query
   */
  public Query<T> unscoped(String... names) {
    return with(question.rest("unscoped", names.length == 0 ? (Object) true : List.of(names)));
  }

  /**
   * Rows that are deleted softly, too.
   *
   * @return the query
   */
  public Query<T> withDeleted() {
    return with(question.flag(THING_CTX_WITH_DELETED));
  }

  /**
   * Rows that are deleted softly, alone.
   *
   * @return the query
   */
  public Query<T> onlyDeleted() {
    return with(question.flag(THING_CTX_ONLY_DELETED));
  }

  // ---- how they come

  /**
   * Sorted by a field, after what was said before.
   *
   * @param field its name; "-name" for the other way round
   * @return the query
   */
  public Query<T> order(String field) {
    boolean descending = field.startsWith("-");
    return orderBy(Map.of(descending ? field.substring(1) : field, descending ? "desc" : "asc"));
  }

  /**
   * Sorted by a field, the least first.
   *
   * @param field a reference to its accessor, User::name
   * @return the query
   */
  public Query<T> order(Getter<T, ?> field) {
    return orderBy(Map.of(nameOf(field), "asc"));
  }

  /**
   * Sorted by a field, the greatest first.
   *
   * @param field a reference to its accessor, User::name
   * @return the query
   */
  public Query<T> orderDescending(Getter<T, ?> field) {
    return orderBy(Map.of(nameOf(field), "desc"));
  }

  /**
   * Sorted in the JSON form of "orderBy", by what rows of relations say, for one.
   *
   * @param json an object with one member
   * @return the query
   */
  public Query<T> orderJson(String json) {
    return orderBy(new Json(json));
  }

  private Query<T> orderBy(Object order) {
    return with(question.order(order));
  }

  /**
   * At most so many rows.
   *
   * @param n a number
   * @return the query
   */
  public Query<T> limit(long n) {
    return with(question.rest("take", n));
  }

  /**
   * Without the first rows.
   *
   * @param n how many
   * @return the query
   */
  public Query<T> offset(long n) {
    return with(question.rest("skip", n));
  }

  /**
   * The rows behind a page.
   *
   * @param token what {@link Page#next} gave
   * @return the query
   */
  public Query<T> after(String token) {
    return with(question.rest("after", token));
  }

  /**
   * Locks the rows for as long as the transaction goes on, so that no other changes them.
   *
   * @return the query
   */
  public Query<T> lock() {
    return with(question.rest("lock", "update"));
  }

  /**
   * Locks the rows and leaves out those that others have locked: for queues that several share.
   *
   * @return the query
   */
  public Query<T> lockSkippingLocked() {
    return with(question.rest("lock", Map.of("for", "update", "wait", "skip_locked")));
  }

  /**
   * The rows of relations come along, for all rows together.
   *
   * @param path a relation that the class has a member for, or one of its class behind a dot: "posts.comments"
   * @return the query
   */
  public Query<T> preload(String path) {
    return with(question.include(path, Map.of()));
  }

  /**
   * Some rows of a relation come along: those of a query with conditions, order, limit, offset and relations of its own.
   *
   * @param relation one that the class has a member for
   * @param type the class that it leads to
   * @param rows narrows the query
   * @param <R> that class
   * @return the query
   */
  public <R> Query<T> preload(String relation, Class<R> type, UnaryOperator<Query<R>> rows) {
    Query<R> inner = rows.apply(new Query<>(session, session.thing().mapper(type)));
    Map<String, Object> options = inner.question.document(false);
    if (!inner.question.includes().isEmpty()) {
      options.put("include", inner.question.includes());
    }
    return with(question.include(relation, options));
  }

  /**
   * Objects of a class or record that has members for some fields alone, and only these are read.
   *
   * @param type the class; it needs no annotations
   * @param <P> its type
   * @return the query
   */
  public <P> Query<P> as(Class<P> type) {
    Mapper<P> projection = session.thing().projection(type, model.model);
    Query<P> query = new Query<>(session, model, projection, question.withoutIncludes());
    return query.with(query.question.rest("select", projection.fieldNames()));
  }

  /**
   * Lets bulk writes go without a condition.
   *
   * @return the query
   */
  public Query<T> everything() {
    return with(question.everything());
  }

  // ---- answers

  private byte[] utf8() {
    if (text == null) {
      text = Text.utf8(json());
    }
    return text;
  }

  /**
   * The query as a criteria document.
   *
   * @return a JSON object
   */
  public String json() {
    return JsonWriter.write(question.document(true));
  }

  private long db() {
    return session.thing().handle();
  }

  /**
   * All rows.
   *
   * @return their objects, in order
   */
  public List<T> list() {
    if (!question.includes().isEmpty()) {
      return withRows(rows -> question.includes().read(session.thing(), mapper, rows));
    }
    byte[] query = utf8();
    byte[] rows = session.calling(question.flags(), ctx -> Native.query(db(), ctx, model.model, query));
    return mapper.loads.heard(session, mapper, mapper.readAll(rows));
  }

  private <R> R withRows(LongFunction<R> use) {
    long[] rows = new long[1];
    return session.calling(
        question.flags(),
        ctx -> {
          Session.known(Raw.thing_query(db(), ctx, model.model, json(), rows));
          try {
            return use.apply(rows[0]);
          } finally {
            Raw.thing_rows_free(rows[0]);
          }
        });
  }

  /**
   * The first row.
   *
   * @return its object, or none
   */
  public Optional<T> first() {
    List<T> rows = limit(1).list();
    return rows.isEmpty() ? Optional.empty() : Optional.of(rows.get(0));
  }

  /**
   * The only row.
   *
   * @return its object
   * @throws NotFoundException when there is none
   * @throws InvalidException with E_RANGE when there are more
   */
  public T sole() {
    List<T> rows = limit(2).list();
    if (rows.isEmpty()) {
      throw ThingException.of(Code.NOT_FOUND, model.name + ": there is no such row", model.name);
    }
    if (rows.size() > 1) {
      withCriteria((ctx, criteria) -> Raw.thing_query_sole(db(), ctx, criteria, new long[1]));
      throw ThingException.of(Code.E_CONFLICT, model.name + ": a row went meanwhile", model.name);
    }
    return rows.get(0);
  }

  /** What a parsed query is used for; a status. */
  private interface CriteriaUse {
    int with(long ctx, long criteria);
  }

  private int withCriteria(CriteriaUse use) {
    long[] criteria = new long[1];
    Raw.thing_criteria_parse(model.model, json(), criteria);
    try {
      return session.calling(question.flags(), ctx -> Session.known(use.with(ctx, criteria[0])));
    } finally {
      Raw.thing_criteria_free(criteria[0]);
    }
  }

  /**
   * How many rows there are, limit and offset left aside.
   *
   * @return a number
   */
  public long count() {
    long[] n = new long[1];
    withCriteria((ctx, criteria) -> Raw.thing_query_count(db(), ctx, criteria, n));
    return n[0];
  }

  /**
   * Whether there is a row.
   *
   * @return true when there is
   */
  public boolean exists() {
    boolean[] is = new boolean[1];
    withCriteria((ctx, criteria) -> Raw.thing_query_exists(db(), ctx, criteria, is));
    return is[0];
  }

  /**
   * The values of one field.
   *
   * @param field its name
   * @param type Long, String, Instant, ...
   * @param <V> that type
   * @return the values in order, null for NULL
   */
  public <V> List<V> pluck(String field, Class<V> type) {
    byte[][] out = new byte[1][];
    int index = model.field(field);
    withCriteria((ctx, criteria) -> Raw.thing_query_pluck(db(), ctx, criteria, index, out));
    Codec codec = Codec.of(type);
    List<V> values = new ArrayList<>();
    for (Object value : JsonReader.list(Text.string(out[0]))) {
      values.add(type.cast(codec.fromJson(value)));
    }
    return values;
  }

  /**
   * The rows as the library prints them, with relations and numbers about them.
   *
   * @return a JSON array
   */
  public String toJson() {
    byte[][] out = new byte[1][];
    withRows(rows -> Raw.thing_rows_json(rows, 0, out));
    return Text.string(out[0]);
  }

  /**
   * Chosen fields of the rows.
   *
   * @param fields "name,books{title}", as thing_rows_json_fields has it
   * @return a JSON array
   */
  public String toJson(String fields) {
    byte[][] out = new byte[1][];
    withRows(rows -> Raw.thing_rows_json_fields(rows, fields, 0, out));
    return Text.string(out[0]);
  }

  /**
   * One page of rows, by the row where the last one ended: page 1,000 costs what page 1 costs.
   *
   * @param size how many rows
   * @return the objects, and the token of the next page
   */
  public Page<T> page(long size) {
    byte[][] token = new byte[1][];
    return limit(size)
        .withRows(
            rows -> {
              List<T> items = question.includes().read(session.thing(), mapper, rows);
              boolean more = Raw.thing_rows_next(rows, token) == THING_OK;
              return new Page<>(items, more ? Optional.of(Text.string(token[0])) : Optional.empty());
            });
  }

  /**
   * All rows, more than fit into memory: they come in batches. The stream holds a connection until it is closed, or at its end.
   *
   * @return a stream to be closed
   */
  public Stream<T> stream() {
    return stream(BATCH);
  }

  /**
   * The same with a size of batches.
   *
   * @param batch rows at a time, 1 to 100,000
   * @return a stream to be closed
   */
  public Stream<T> stream(int batch) {
    long[] cursor = new long[1];
    withCriteria((ctx, criteria) -> Raw.thing_query_open(db(), ctx, criteria, batch, cursor));
    return new RowCursor<>(session, question.flags(), cursor[0], mapper, question.includes()).stream();
  }

  /**
   * Runs something for each row, in batches, and closes what it opened.
   *
   * @param use what to do with an object
   */
  public void each(Consumer<? super T> use) {
    try (Stream<T> rows = stream()) {
      for (Iterator<T> all = rows.iterator(); all.hasNext(); ) {
        use.accept(all.next());
      }
    }
  }

  /**
   * Aggregates, docs/reference/actions.md.
   *
   * @param json {"_count": true, "_sum": {"field": true}}, with "by" for groups
   * @return a JSON object, or an array of groups
   */
  public String aggregate(String json) {
    byte[][] out = new byte[1][];
    withCriteria((ctx, criteria) -> Raw.thing_aggregate(db(), ctx, criteria, json, out));
    return Text.string(out[0]);
  }

  /**
   * The SQL, the types of its arguments, the key in the cache; nothing is run.
   *
   * @return a JSON object
   */
  public String explain() {
    byte[][] out = new byte[1][];
    withCriteria((ctx, criteria) -> Raw.thing_query_explain(db(), ctx, criteria, out));
    return Text.string(out[0]);
  }

  // ---- bulk writes

  /**
   * Sets fields of all rows by one statement, without hooks.
   *
   * @param values by field
   * @return how many rows
   */
  public long update(Map<String, ?> values) {
    Map<String, Object> set = new LinkedHashMap<>();
    values.forEach((field, value) -> set.put(field, Collections.singletonMap("set", value)));
    return updateJson(JsonWriter.write(set));
  }

  /**
   * The same in JSON, which knows {"field": {"increment": 1}} too.
   *
   * @param json an object
   * @return how many rows
   */
  public long updateJson(String json) {
    long[] n = new long[1];
    int how = question.all() ? THING_BULK_ALL : 0;
    withCriteria((ctx, criteria) -> Raw.thing_update_where(db(), ctx, criteria, json, how, n));
    return n[0];
  }

  /**
   * Deletes all rows, softly when the model has soft delete.
   *
   * @return how many rows
   */
  public long delete() {
    return delete(DeleteMode.DEFAULT);
  }

  /**
   * Deletes all rows.
   *
   * @param mode softly, or for good
   * @return how many rows
   */
  public long delete(DeleteMode mode) {
    long[] n = new long[1];
    int how = question.all() ? THING_BULK_ALL : 0;
    CriteriaUse delete = (ctx, criteria) -> Raw.thing_delete_where(db(), ctx, criteria, mode.ordinal(), how, n);
    session.writing(() -> withCriteria(delete), Session::isFound);
    return n[0];
  }

  @Override
  public String toString() {
    return model.name + " " + json() + (question.flags() == 0 ? "" : " flags " + question.flags());
  }
}
