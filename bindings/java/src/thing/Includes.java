package thing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import thing.raw.Native;
import thing.raw.Raw;

/** The relations that come with rows, a tree; and how the objects of rows get theirs. */
final class Includes {
  private final Map<String, Includes> relations = new LinkedHashMap<>();
  private final Map<String, Object> options = new LinkedHashMap<>(); // where, orderBy, take ... of the rows

  boolean isEmpty() {
    return relations.isEmpty();
  }

  Includes copy() {
    Includes copy = new Includes();
    relations.forEach((name, inner) -> copy.relations.put(name, inner.copy()));
    copy.options.putAll(options);
    return copy;
  }

  /** Adds "posts.comments"; the options are for the last step. */
  Includes add(String path, Map<String, Object> more) {
    Includes at = this;
    for (String name : path.split("\\.")) {
      at = at.relations.computeIfAbsent(name, n -> new Includes());
    }
    Map<String, Object> rest = new LinkedHashMap<>(more);
    if (rest.remove("include") instanceof Includes inner) {
      at.relations.putAll(inner.relations);
    }
    at.options.putAll(rest);
    return this;
  }

  /** As "include" of criteria. */
  Object document() {
    Map<String, Object> include = new LinkedHashMap<>();
    relations.forEach((name, inner) -> include.put(name, inner.ofRelation()));
    return include;
  }

  private Object ofRelation() {
    if (options.isEmpty() && relations.isEmpty()) {
      return true;
    }
    Map<String, Object> all = new LinkedHashMap<>(options);
    if (!relations.isEmpty()) {
      all.put("include", document());
    }
    return all;
  }

  /** The objects of a result with what was loaded of their relations. */
  <T> List<T> read(Session session, Mapper<T> mapper, long rows) {
    byte[] bytes = Native.packed(rows);
    if (isEmpty()) {
      return mapper.loads.heard(session, mapper, mapper.readAll(bytes));
    }
    Packed packed = mapper.parse(bytes, bytes.length);
    List<T> all = new ArrayList<>(packed.rows());
    for (int i = 0; i < packed.rows(); i++) {
      packed.related(relatedOf(session, mapper, rows, i));
      all.add(mapper.remember(mapper.read(packed.row(i)), bytes, i));
    }
    return mapper.loads.heard(session, mapper, all);
  }

  /** The objects with what was loaded for the rows of their keys; those without a row are left out. */
  <T> List<T> fill(Session session, Mapper<T> mapper, long rows, List<T> objects) {
    byte[] bytes = Native.packed(rows);
    Packed packed = mapper.parse(bytes, bytes.length);
    Map<String, Integer> rowOf = new HashMap<>();
    for (int i = 0; i < packed.rows(); i++) {
      rowOf.put(mapper.keyJson(mapper.read(packed.row(i))), i);
    }
    List<T> filled = new ArrayList<>();
    for (T object : objects) {
      Integer i = rowOf.get(mapper.keyJson(object));
      if (i != null) {
        Object[] related = mapper.relationsOf(object);
        Object[] loaded = relatedOf(session, mapper, rows, i);
        for (int r = 0; r < loaded.length; r++) {
          related[r] = relations.containsKey(mapper.shape.relations.get(r).name) ? loaded[r] : related[r];
        }
        filled.add(mapper.withRelations(object, related));
      }
    }
    return filled;
  }

  /** What the relations of row i hold, by the places of their members. */
  Object[] relatedOf(Session session, Mapper<?> mapper, long rows, int i) {
    List<Member> members = mapper.shape.relations;
    Object[] related = new Object[members.size()];
    relations.forEach(
        (name, inner) -> {
          Member member = mapper.shape.relation(name);
          if (member == null) {
            throw ThingException.of(Code.E_INVALID, mapper.type.getName() + " has no member for the relation '" + name + "'");
          }
          related[members.indexOf(member)] = valueOf(member, inner.relatedRows(session, member, rows, i, name));
        });
    return related;
  }

  private List<?> relatedRows(Session session, Member member, long rows, int i, String name) {
    long[] related = new long[1];
    Raw.thing_rows_related(rows, i, name, related);
    try {
      return read(session, session.thing().mapper(member.target), related[0]);
    } finally {
      Raw.thing_rows_free(related[0]);
    }
  }

  private static Object valueOf(Member member, List<?> rows) {
    if (member.many) {
      return rows;
    }
    Object first = rows.isEmpty() ? null : rows.get(0);
    return member.optional ? Optional.ofNullable(first) : first;
  }
}
