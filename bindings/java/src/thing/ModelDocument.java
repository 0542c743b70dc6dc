package thing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes the model document, docs/reference/models.md, of an annotated class. */
final class ModelDocument {
  private static final Set<String> BARE = Set.of("int", "bool", "float", "json");

  private final Shape shape;
  private final Model model;
  private final Map<String, Object> document = new LinkedHashMap<>();

  private ModelDocument(Shape shape) {
    this.shape = shape;
    model = shape.type.getAnnotation(Model.class);
  }

  static String of(Shape shape) {
    return JsonWriter.write(new ModelDocument(shape).make());
  }

  private Map<String, Object> make() {
    document.put("name", shape.modelName());
    putUnless("", "table", model.table());
    Map<String, Object> fields = new LinkedHashMap<>();
    List<Object> indexes = new ArrayList<>();
    List<Member> keys = keys();
    for (Member member : shape.fields) {
      fields.put(member.name, field(member, keys));
      Arrays.stream(member.indexes()).forEach(i -> indexes.add(index(i, List.of(member.name))));
    }
    document.put("fields", fields);
    for (Index index : shape.type.getAnnotationsByType(Index.class)) {
      indexes.add(index(index, List.of(index.fields())));
    }
    if (!indexes.isEmpty()) {
      document.put("indexes", indexes);
    }
    putManaged();
    putRelations();
    merge(document, model.more());
    return document;
  }

  /** Those with @Id, else the one that is called id. */
  private List<Member> keys() {
    List<Member> marked = shape.fields.stream().filter(m -> m.has(Id.class)).toList();
    return marked.isEmpty() ? shape.fields.stream().filter(m -> m.name.equals("id")).toList() : marked;
  }

  private Map<String, Object> field(Member member, List<Member> keys) {
    Map<String, Object> field = new LinkedHashMap<>();
    Column column = member.get(Column.class);
    String type = column != null && !column.type().isEmpty() ? column.type() : member.codec.name;
    field.put("type", type);
    if (member.codec.isList()) {
      field.put("list", true);
    }
    if (type.equals("enum")) {
      putValues(field, member.codec.isList() ? member.codec.element.type : member.codec.type);
    }
    if (member.isNullable()) {
      field.put("null", true);
    }
    if (keys.contains(member)) {
      field.put("primary", true);
      putGenerated(field, member, type, keys.size());
    }
    if (member.has(Unique.class)) {
      field.put("unique", true);
      if (member.get(Unique.class).alive()) {
        field.put("alive", true);
      }
    }
    if (member.has(Default.class)) {
      field.put("default", defaultOf(member.get(Default.class), member, type));
    }
    if (column != null && !column.name().isEmpty()) {
      field.put("column", column.name());
    }
    merge(field, column == null ? "" : column.more());
    return field;
  }

  private static void putValues(Map<String, Object> field, Class<?> type) {
    if (type.isEnum()) {
      field.put("values", Arrays.stream(type.getEnumConstants()).map(c -> ((Enum<?>) c).name()).toList());
    }
  }

  private static void putGenerated(Map<String, Object> field, Member member, String type, int keys) {
    Id id = member.get(Id.class);
    if (keys > 1 || id != null && !id.generated()) {
      return;
    }
    if (type.equals("int")) {
      field.put("default", Map.of("fn", "autoincrement"));
    } else if (type.equals("uuid")) {
      field.put("default", Map.of("fn", "uuid"));
    }
  }

  private static Object defaultOf(Default value, Member member, String type) {
    if (!value.fn().isEmpty()) {
      return Map.of("fn", value.fn());
    }
    if (!value.sql().isEmpty()) {
      return Map.of("sql", value.sql());
    }
    return BARE.contains(type) || member.codec.isList() ? new Json(value.value()) : value.value();
  }

  private static Map<String, Object> index(Index index, List<String> fields) {
    Map<String, Object> made = new LinkedHashMap<>();
    made.put("fields", fields);
    if (index.unique()) {
      made.put("unique", true);
    }
    if (!index.name().isEmpty()) {
      made.put("name", index.name());
    }
    return made;
  }

  private void putManaged() {
    Map<String, Object> times = new LinkedHashMap<>();
    for (Member member : shape.fields) {
      if (member.has(CreatedAt.class)) {
        times.put("created", member.name);
      } else if (member.has(UpdatedAt.class)) {
        times.put("updated", member.name);
      } else if (member.has(SoftDelete.class)) {
        document.put("softDelete", member.name);
      } else if (member.has(Version.class)) {
        document.put("version", member.name);
      }
    }
    if (!times.isEmpty()) {
      document.put("timestamps", times);
    } else if (model.timestamps()) {
      document.put("timestamps", true);
    }
    if (model.softDelete()) {
      document.putIfAbsent("softDelete", true);
    }
    if (model.version()) {
      document.putIfAbsent("version", true);
    }
  }

  private void putRelations() {
    Map<String, Object> relations = new LinkedHashMap<>();
    shape.relations.forEach(member -> relations.put(member.name, relation(member)));
    if (!relations.isEmpty()) {
      document.put("relations", relations);
    }
  }

  private static Map<String, Object> relation(Member member) {
    Map<String, Object> made = new LinkedHashMap<>();
    String target = Shape.of(member.target).modelName();
    BelongsTo to = member.get(BelongsTo.class);
    HasOne one = member.get(HasOne.class);
    HasMany many = member.get(HasMany.class);
    if (to != null) {
      made.put("belongs_to", target);
      putFields(made, to.fields());
      if (!to.onDelete().isEmpty()) {
        made.put("on_delete", to.onDelete());
      }
      merge(made, to.more());
    } else if (one != null) {
      made.put("has_one", target);
      putFields(made, one.fields());
      merge(made, one.more());
    } else if (many != null) {
      made.put("has_many", target);
      putFields(made, many.fields());
      merge(made, many.more());
    } else {
      ManyToMany pairs = member.get(ManyToMany.class);
      made.put("many_to_many", target);
      if (!pairs.table().isEmpty()) {
        made.put("table", pairs.table());
      }
      merge(made, pairs.more());
    }
    return made;
  }

  private static void putFields(Map<String, Object> made, String[] fields) {
    if (fields.length > 0) {
      made.put("fields", List.of(fields));
    }
  }

  private void putUnless(String empty, String key, String value) {
    if (!value.equals(empty)) {
      document.put(key, value);
    }
  }

  /** Objects of both are joined, anything else is replaced. */
  @SuppressWarnings("unchecked")
  private static void merge(Map<String, Object> into, String more) {
    if (more.isEmpty()) {
      return;
    }
    ((Map<String, Object>) JsonWriter.bare(JsonReader.map(more))).forEach(
        (key, value) -> {
          if (value instanceof Map<?, ?> added && into.get(key) instanceof Map<?, ?> present) {
            ((Map<String, Object>) present).putAll((Map<String, Object>) added);
          } else {
            into.put(key, value);
          }
        });
  }
}
