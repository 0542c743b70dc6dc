package thing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a query asks, whoever asks it; it never changes.
 *
 * @param conditions all hold
 * @param orders the first counts most
 * @param rest take, skip, lock ...
 * @param includes relations that come along
 * @param flags those of thing_ctx_set_flags
 * @param all bulk writes need no condition
 */
record Criteria(
    List<Object> conditions, List<Object> orders, Map<String, Object> rest, Includes includes, int flags, boolean all) {
  static final Criteria ALL = new Criteria(List.of(), List.of(), Map.of(), new Includes(), 0, false);

  Criteria condition(Object condition) {
    return new Criteria(with(conditions, condition), orders, rest, includes, flags, all);
  }

  Criteria order(Object order) {
    return orders(with(orders, order));
  }

  private Criteria orders(List<Object> others) {
    return new Criteria(conditions, others, rest, includes, flags, all);
  }

  Criteria rest(String key, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(rest);
    more.put(key, value);
    return new Criteria(conditions, orders, more, includes, flags, all);
  }

  Criteria include(String path, Map<String, Object> options) {
    return new Criteria(conditions, orders, rest, includes.copy().add(path, options), flags, all);
  }

  Criteria withoutIncludes() {
    return new Criteria(conditions, orders, rest, new Includes(), flags, all);
  }

  Criteria flag(int more) {
    return new Criteria(conditions, orders, rest, includes, flags | more, all);
  }

  Criteria everything() {
    return new Criteria(conditions, orders, rest, includes, flags, true);
  }

  /** The same and what a document says, as the library printed it. */
  Criteria document(Map<String, Object> document) {
    Criteria made = this;
    for (Map.Entry<String, Object> part : document.entrySet()) {
      Object value = JsonWriter.bare(part.getValue());
      made = switch (part.getKey()) {
        case "where" -> made.condition(value);
        case "orderBy" -> made.orders(value instanceof List<?> list ? List.copyOf(list) : List.of(value));
        default -> made.rest(part.getKey(), value);
      };
    }
    return made;
  }

  /** As docs/reference/criteria.md has it. */
  Map<String, Object> document(boolean includesToo) {
    Map<String, Object> document = new LinkedHashMap<>();
    if (conditions.size() == 1) {
      document.put("where", conditions.get(0));
    } else if (!conditions.isEmpty()) {
      document.put("where", Map.of("AND", conditions));
    }
    if (!orders.isEmpty()) {
      document.put("orderBy", orders);
    }
    document.putAll(rest);
    if (includesToo && !includes.isEmpty()) {
      document.put("include", includes.document());
    }
    return document;
  }

  private static List<Object> with(List<Object> list, Object item) {
    List<Object> more = new ArrayList<>(list);
    more.add(item);
    return more;
  }
}
