package thing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import thing.Player.Absent;
import thing.Player.Held;

/** Verbs of objects: making, changing and saving them, and their relations. */
final class ObjectVerbs {
  /** A verb of the object that the step names. */
  private interface HeldVerb {
    <T extends Entity> String run(Step step, Held<T> held);
  }

  /** A verb of objects of one model that the step names. */
  private interface ManyVerb {
    <T extends Entity> String run(Step step, Class<T> type, List<T> objects);
  }

  private final Player player;

  ObjectVerbs(Player player) {
    this.player = player;
  }

  void addTo(Map<String, Player.Verb> verbs) {
    verbs.put("new", step -> make(step, Tables.of(step.text("model"))));
    verbs.put("create", step -> create(step, Tables.of(step.text("model"))));
    add(verbs, "set", this::set);
    add(verbs, "fill", this::fill);
    add(verbs, "copy", this::copy);
    add(verbs, "replicate", this::replicate);
    add(verbs, "show", this::show);
    add(verbs, "state", this::state);
    add(verbs, "revert", this::revert);
    add(verbs, "save", this::save);
    add(verbs, "upsert", this::upsert);
    add(verbs, "reload", this::reload);
    add(verbs, "fresh", this::fresh);
    add(verbs, "delete", this::delete);
    add(verbs, "restore", this::restore);
    add(verbs, "validate", this::validate);
    add(verbs, "changes", this::changes);
    add(verbs, "saved_changes", this::savedChanges);
    add(verbs, "related", this::related);
    add(verbs, "related_one", this::relatedOne);
    add(verbs, "load", this::load);
    add(verbs, "set_related", this::setRelated);
    add(verbs, "add_related", this::addRelated);
    add(verbs, "link", this::link);
    addMany(verbs, "save_many", this::saveMany);
    addMany(verbs, "delete_many", this::deleteMany);
    verbs.put("read", step -> Values.read(player.held(step.text("of")).object));
    verbs.put(
        "forget",
        step -> {
          player.objects.remove(step.text("of"));
          return null;
        });
  }

  private void add(Map<String, Player.Verb> verbs, String name, HeldVerb verb) {
    verbs.put(name, step -> verb.run(step, player.held(step.text("of"))));
  }

  private void addMany(Map<String, Player.Verb> verbs, String name, ManyVerb verb) {
    verbs.put(name, step -> several(step, player.held(step.texts("of")[0]).type, verb));
  }

  private <T extends Entity> String several(Step step, Class<T> type, ManyVerb verb) {
    List<T> all = new ArrayList<>();
    for (String name : step.texts("of")) {
      all.add(type.cast(player.held(name).object));
    }
    return verb.run(step, type, all);
  }

  private <T extends Entity> Repo<T> repo(Held<T> held) {
    return player.here.repo(held.type);
  }

  // ---- making and changing

  /** Sets fields, all of them or none, and has them in the form that they are saved in. */
  <T extends Entity> void setFields(Class<T> type, T object, Map<String, Object> data) {
    T before = make(type);
    Values.copy(object, before);
    try {
      Values.set(object, data);
      player.db.repo(type).normalize(object);
    } catch (RuntimeException e) {
      Values.copy(before, object);
      throw e;
    }
  }

  static <T> T make(Class<T> type) {
    try {
      return type.getDeclaredConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  <T extends Entity> T made(Class<T> type, Map<String, Object> data) {
    T object = make(type);
    setFields(type, object, data);
    return object;
  }

  private <T extends Entity> String make(Step step, Class<T> type) {
    return player.row(step, player.keep(step.text("as"), type, made(type, step.map("data"))));
  }

  private <T extends Entity> String create(Step step, Class<T> type) {
    T object = player.here.repo(type).save(made(type, step.map("data")));
    return player.row(step, player.keep(step.text("as"), type, object));
  }

  private <T extends Entity> String set(Step step, Held<T> held) {
    setFields(held.type, held.object, step.map("data"));
    return player.row(step, held);
  }

  private <T extends Entity> String fill(Step step, Held<T> held) {
    List<Fill> how = new ArrayList<>();
    if (step.is("strict")) {
      how.add(Fill.STRICT);
    }
    if (step.is("if_absent")) {
      how.add(Fill.IF_ABSENT);
    }
    repo(held).fill(held.object, step.json("json"), how.toArray(Fill[]::new));
    return player.row(step, held);
  }

  private <T extends Entity> String copy(Step step, Held<T> held) {
    T object = make(held.type);
    Values.copy(held.object, object);
    setFields(held.type, object, step.map("data"));
    return player.row(step, player.keep(step.text("as"), held.type, repo(held).save(object)));
  }

  private <T extends Entity> String replicate(Step step, Held<T> held) {
    T object = repo(held).replicate(held.object, step.texts("except"));
    setFields(held.type, object, step.map("data"));
    return player.row(step, player.keep(step.text("as"), held.type, object));
  }

  /** What was loaded with an object is asked for again, as objects print themselves alone. */
  private <T extends Entity> String show(Step step, Held<T> held) {
    if (!held.include.isEmpty()) {
      return withRelations(step, held);
    }
    return step.has("fields")
        ? player.row(step, held)
        : repo(held).toJson(held.object, step.is("hidden"), step.is("changed"));
  }

  private <T extends Entity> String withRelations(Step step, Held<T> held) {
    Map<String, Object> where = Map.of("id", Values.get(held.object, "id"));
    Query<T> query = repo(held).criteria(JsonWriter.write(Map.of("where", where, "include", held.include)));
    String rows = step.has("fields") ? query.toJson(step.text("fields")) : query.toJson();
    return rows.substring(1, rows.length() - 1);
  }

  private <T extends Entity> String state(Step step, Held<T> held) {
    return "{\"new\":" + held.object.isNew() + ",\"dirty\":" + Values.quoteAll(repo(held).changed(held.object)) + ",\"deleted\":"
        + held.object.isDeleted() + "}";
  }

  private <T extends Entity> String changes(Step step, Held<T> held) {
    return repo(held).changes(held.object);
  }

  private <T extends Entity> String savedChanges(Step step, Held<T> held) {
    return repo(held).savedChanges(held.object);
  }

  private <T extends Entity> String revert(Step step, Held<T> held) {
    repo(held).revert(held.object, step.has("field") ? new String[] {step.text("field")} : new String[0]);
    return player.row(step, held);
  }

  private <T extends Entity> String validate(Step step, Held<T> held) {
    repo(held).validate(held.object);
    return null;
  }

  // ---- saving

  private <T extends Entity> String save(Step step, Held<T> held) {
    return player.row(step, held.type, repo(held).save(held.object));
  }

  private <T extends Entity> String upsert(Step step, Held<T> held) {
    return player.row(step, held.type, repo(held).upsert(held.object, step.texts("by")));
  }

  private <T extends Entity> String reload(Step step, Held<T> held) {
    return player.row(step, held.type, repo(held).reload(held.object));
  }

  private <T extends Entity> String fresh(Step step, Held<T> held) {
    return player.row(step, player.keep(step.text("as"), held.type, repo(held).fresh(held.object)));
  }

  private <T extends Entity> String restore(Step step, Held<T> held) {
    return player.row(step, held.type, repo(held).restore(held.object));
  }

  private <T extends Entity> String delete(Step step, Held<T> held) {
    if (!repo(held).delete(held.object, QueryVerbs.modeOf(step))) {
      throw new Absent();
    }
    return null;
  }

  private <T extends Entity> String saveMany(Step step, Class<T> type, List<T> objects) {
    return player.rows(step, type, player.here.repo(type).saveAll(objects));
  }

  private <T extends Entity> String deleteMany(Step step, Class<T> type, List<T> objects) {
    player.here.repo(type).deleteAll(objects);
    return null;
  }

  // ---- relations

  private <T extends Entity> Object loaded(Step step, Held<T> held) {
    String relation = step.text("relation");
    repo(held).load(held.object, relation);
    held.include.putIfAbsent(relation, true);
    return Values.get(held.object, relation);
  }

  private <T extends Entity> String related(Step step, Held<T> held) {
    List<String> rows = new ArrayList<>();
    for (Object object : (List<?>) loaded(step, held)) {
      rows.add(rowOf(step, ((Entity) object).getClass(), object));
    }
    return "[" + String.join(",", rows) + "]";
  }

  private <T extends Entity> String relatedOne(Step step, Held<T> held) {
    Object object = loaded(step, held);
    if (object == null) {
      throw new Absent();
    }
    Class<? extends Entity> type = ((Entity) object).getClass();
    keepRelated(step.text("as"), type, object);
    return rowOf(step, type, object);
  }

  private <T extends Entity> void keepRelated(String name, Class<T> type, Object object) {
    player.keep(name, type, type.cast(object));
  }

  private <T extends Entity> String rowOf(Step step, Class<T> type, Object object) {
    return player.row(step, type, type.cast(object));
  }

  private <T extends Entity> String load(Step step, Held<T> held) {
    held.include.putAll(step.map("include"));
    return withRelations(step, held);
  }

  /** Sets the key that refers to the other. */
  private <T extends Entity> String setRelated(Step step, Held<T> held) {
    Object key = step.get("other") == null ? Optional.empty() : Values.get(player.held(step.text("other")).object, "id");
    Values.put(held.object, step.text("relation") + "Id", key);
    return null;
  }

  private <T extends Entity> String addRelated(Step step, Held<T> held) {
    String relation = step.text("relation");
    Entity child = player.held(step.text("child")).object;
    if (Values.field(held.object, relation).getType() != List.class) {
      Values.put(held.object, relation, child);
      return null;
    }
    List<Object> children = new ArrayList<>();
    if (Values.get(held.object, relation) instanceof List<?> before) {
      children.addAll(before);
    }
    children.add(child);
    Values.put(held.object, relation, children);
    return null;
  }

  private <T extends Entity> String link(Step step, Held<T> held) {
    LinkMode mode = LinkMode.valueOf(step.text("mode").toUpperCase());
    List<?> keys = step.has("keys") ? step.list("keys") : null;
    Map<String, ?> pivot = step.has("pivot") ? step.map("pivot") : null;
    Links links = repo(held).link(held.object, step.text("relation"), mode, keys, pivot);
    return "{\"added\":" + links.added() + ",\"removed\":" + links.removed() + "}";
  }
}
