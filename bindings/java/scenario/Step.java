package thing;

import java.util.List;
import java.util.Map;

/** A step of the scenario by its members. */
record Step(Map<String, Object> members) {
  boolean has(String name) {
    return members.containsKey(name);
  }

  /** Whether a member is true. */
  boolean is(String name) {
    return Boolean.TRUE.equals(members.get(name));
  }

  Object get(String name) {
    return members.get(name);
  }

  /** Null when there is none. */
  String text(String name) {
    return (String) members.get(name);
  }

  long number(String name, long otherwise) {
    return members.get(name) instanceof Long number ? number : otherwise;
  }

  @SuppressWarnings("unchecked")
  Map<String, Object> map(String name) {
    return (Map<String, Object>) members.getOrDefault(name, Map.of());
  }

  List<?> list(String name) {
    return (List<?>) members.getOrDefault(name, List.of());
  }

  String[] texts(String name) {
    return list(name).toArray(String[]::new);
  }

  /** The steps inside. */
  @SuppressWarnings("unchecked")
  List<Step> steps() {
    return list("steps").stream().map(s -> new Step((Map<String, Object>) s)).toList();
  }

  /** A member as a document. */
  String json(String name) {
    return JsonWriter.write(JsonWriter.bare(get(name)));
  }
}
