package thing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import thing.Player.Absent;

/** Verbs of rows by key and by query. */
final class QueryVerbs {
  /** A verb of the model that the step names. */
  private interface TableVerb {
    <T extends Entity> String run(Step step, Class<T> type);
  }

  private final Player player;

  QueryVerbs(Player player) {
    this.player = player;
  }

  void addTo(Map<String, Player.Verb> verbs) {
    add(verbs, "find", this::find);
    add(verbs, "find_many", this::findMany);
    add(verbs, "incr", this::incr);
    add(verbs, "delete_key", this::deleteKey);
    add(verbs, "query", this::query);
    add(verbs, "first", this::first);
    add(verbs, "sole", this::sole);
    add(verbs, "count", this::count);
    add(verbs, "exists", this::exists);
    add(verbs, "pluck", this::pluck);
    add(verbs, "pages", this::pages);
    add(verbs, "stream", this::stream);
    add(verbs, "update_where", this::updateWhere);
    add(verbs, "delete_where", this::deleteWhere);
    add(verbs, "insert_many", this::insertMany);
  }

  private void add(Map<String, Player.Verb> verbs, String name, TableVerb verb) {
    verbs.put(name, step -> verb.run(step, Tables.of(step.text("model"))));
  }

  private <T extends Entity> Query<T> queryOf(Step step, Class<T> type) {
    Query<T> query = player.here.repo(type).criteria(step.json("criteria"));
    return step.is("all") ? query.everything() : query;
  }

  static DeleteMode modeOf(Step step) {
    return step.has("mode") ? DeleteMode.valueOf(step.text("mode").toUpperCase()) : DeleteMode.DEFAULT;
  }

  private <T extends Entity> String found(Step step, Class<T> type, T object) {
    return player.row(step, player.keep(step.text("as"), type, object));
  }

  // ---- by key

  private static Object[] parts(Object key) {
    return key instanceof List<?> several ? several.toArray() : new Object[] {key};
  }

  private <T extends Entity> String find(Step step, Class<T> type) {
    Repo<T> repo = player.here.repo(type);
    Object key = step.get("key");
    Optional<T> object = key instanceof Long id ? repo.byId(id) : repo.byKey(parts(key));
    return found(step, type, object.orElseThrow(Absent::new));
  }

  private <T extends Entity> String findMany(Step step, Class<T> type) {
    Repo<T> repo = player.here.repo(type);
    List<?> keys = step.list("keys");
    boolean areIds = !keys.isEmpty() && keys.stream().allMatch(Long.class::isInstance);
    List<T> objects = areIds ? repo.byIds(keys.stream().map(Long.class::cast).toList()) : repo.byKeys(keys);
    return player.rows(step, type, objects);
  }

  private <T extends Entity> String incr(Step step, Class<T> type) {
    Repo<T> repo = player.here.repo(type);
    String field = step.text("field");
    long by = step.number("by", 0);
    return Long.toString(
        step.get("key") instanceof Long id ? repo.incr(id, field, by) : repo.incrByKey(step.get("key"), field, by));
  }

  private <T extends Entity> String deleteKey(Step step, Class<T> type) {
    Repo<T> repo = player.here.repo(type);
    Object key = step.get("key");
    if (!(key instanceof Long id ? repo.deleteById(id) : repo.deleteByKey(parts(key)))) {
      throw new Absent();
    }
    return null;
  }

  // ---- queries

  /** Rows that come with others, or without their keys, are no objects of a class. */
  private <T extends Entity> String query(Step step, Class<T> type) {
    Query<T> query = queryOf(step, type);
    Map<String, Object> criteria = step.map("criteria");
    if (criteria.containsKey("include") || criteria.containsKey("distinct")) {
      return step.has("fields") ? query.toJson(step.text("fields")) : query.toJson();
    }
    List<T> objects = query.list();
    if (!objects.isEmpty()) {
      player.keep(step.text("as"), type, objects.get(0));
    }
    return player.rows(step, type, objects);
  }

  private <T extends Entity> String first(Step step, Class<T> type) {
    return found(step, type, queryOf(step, type).first().orElseThrow(Absent::new));
  }

  private <T extends Entity> String sole(Step step, Class<T> type) {
    return found(step, type, queryOf(step, type).sole());
  }

  private <T extends Entity> String count(Step step, Class<T> type) {
    return Long.toString(queryOf(step, type).count());
  }

  private <T extends Entity> String exists(Step step, Class<T> type) {
    return Boolean.toString(queryOf(step, type).exists());
  }

  private <T extends Entity> String pluck(Step step, Class<T> type) {
    Query<T> query = queryOf(step, type);
    String field = step.text("field");
    boolean isText = Values.field(ObjectVerbs.make(type), field).getGenericType().getTypeName().contains("String");
    return isText
        ? Values.quoteAll(query.pluck(field, String.class))
        : query.pluck(field, Long.class).toString().replace(" ", "");
  }

  private <T extends Entity> String pages(Step step, Class<T> type) {
    List<String> all = new ArrayList<>();
    Query<T> query = queryOf(step, type);
    long size = (Long) step.map("criteria").get("take");
    for (Optional<String> token = Optional.of(""); token.isPresent(); ) {
      Page<T> page = (token.get().isEmpty() ? query : query.after(token.get())).page(size);
      all.add(player.rows(step, type, page.items()));
      token = page.next();
    }
    return "[" + String.join(",", all) + "]";
  }

  private <T extends Entity> String stream(Step step, Class<T> type) {
    try (Stream<T> objects = queryOf(step, type).stream((int) step.number("batch", 0))) {
      return player.rows(step, type, objects.toList());
    }
  }

  private <T extends Entity> String updateWhere(Step step, Class<T> type) {
    return Long.toString(queryOf(step, type).updateJson(step.json("set")));
  }

  private <T extends Entity> String deleteWhere(Step step, Class<T> type) {
    return Long.toString(queryOf(step, type).delete(modeOf(step)));
  }

  @SuppressWarnings("unchecked")
  private <T extends Entity> String insertMany(Step step, Class<T> type) {
    ObjectVerbs verbs = new ObjectVerbs(player);
    List<T> objects = step.list("rows").stream().map(data -> verbs.made(type, (Map<String, Object>) data)).toList();
    long[] ids = player.here.repo(type).insertBatch(objects);
    if (!player.db.mapper(type).hasIntKey()) {
      return null;
    }
    List<String> printed = new ArrayList<>();
    for (long id : ids) {
      printed.add(Long.toString(id));
    }
    return "[" + String.join(",", printed) + "]";
  }
}
