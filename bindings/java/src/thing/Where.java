package thing;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A condition. Values are bound, never put into SQL. */
public final class Where {
  final Map<String, Object> document;

  private Where(Map<String, Object> document) {
    this.document = document;
  }

  private static Where member(String key, Object value) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put(key, value);
    return new Where(document);
  }

  /**
   * A field equals a value; null finds NULL.
   *
   * @param field its name
   * @param value the value
   * @return the condition
   */
  public static Where eq(String field, Object value) {
    return value instanceof Json ? of(field, Op.EQ, value) : member(field, checked(value));
  }

  /** Values may come from anywhere, and none of them is taken for an operator. */
  private static Object checked(Object value) {
    if (value instanceof Map) {
      throw ThingException.of(Code.E_TYPE, "found a map for a value; Where.json has operators, and Json.of values of json fields");
    }
    return value;
  }

  /**
   * A field compares with a value.
   *
   * @param field its name
   * @param op how
   * @param value the value; a list for IN, NOT_IN, BETWEEN, HAS_EVERY, HAS_SOME
   * @return the condition
   */
  public static Where of(String field, Op op, Object value) {
    if (op == Op.NE && value instanceof Json) {
      return not(of(field, Op.EQ, value)); // an object behind "not" may be operators
    }
    return member(field, condition(op, value));
  }

  private static Map<String, Object> condition(Op op, Object value) {
    Map<String, Object> condition = new LinkedHashMap<>();
    condition.put(op.key, checked(value));
    return condition;
  }

  /**
   * A field compares with another one of the same row and type.
   *
   * @param field its name
   * @param op EQ, NE, LT, LE, GT or GE
   * @param other the name of the other
   * @return the condition
   */
  public static Where fields(String field, Op op, String other) {
    return member(field, Map.of(op.key, Map.of("field", other)));
  }

  /**
   * The same for texts, where ASCII letters fold.
   *
   * @param field its name
   * @param op how
   * @param value the value
   * @return the condition
   */
  public static Where ignoringCase(String field, Op op, Object value) {
    Map<String, Object> condition = condition(op, value);
    condition.put("mode", "insensitive");
    return member(field, condition);
  }

  /**
   * All hold.
   *
   * @param conditions them; none: everything
   * @return the condition
   */
  public static Where all(Where... conditions) {
    return member("AND", documents(conditions));
  }

  /**
   * At least one holds.
   *
   * @param conditions them; none: nothing
   * @return the condition
   */
  public static Where any(Where... conditions) {
    return member("OR", documents(conditions));
  }

  /**
   * It does not hold.
   *
   * @param condition it
   * @return the condition
   */
  public static Where not(Where condition) {
    return member("NOT", condition.document);
  }

  /**
   * A row of a relation fulfils a condition.
   *
   * @param relation its name
   * @param condition of its rows
   * @return the condition
   */
  public static Where some(String relation, Where condition) {
    return member(relation, Map.of("some", condition.document));
  }

  /**
   * No row of a relation fails to fulfil a condition.
   *
   * @param relation its name
   * @param condition of its rows
   * @return the condition
   */
  public static Where every(String relation, Where condition) {
    return member(relation, Map.of("every", condition.document));
  }

  /**
   * No row of a relation fulfils a condition.
   *
   * @param relation its name
   * @param condition of its rows
   * @return the condition
   */
  public static Where none(String relation, Where condition) {
    return member(relation, Map.of("none", condition.document));
  }

  /**
   * The one row of a relation fulfils a condition.
   *
   * @param relation its name
   * @param condition of its row
   * @return the condition
   */
  public static Where is(String relation, Where condition) {
    return member(relation, Map.of("is", condition.document));
  }

  /**
   * A condition in the JSON form of "where".
   *
   * @param json an object
   * @return the condition
   */
  public static Where json(String json) {
    return member("AND", new Json(json));
  }

  private static List<Object> documents(Where[] conditions) {
    return Arrays.stream(conditions).<Object>map(c -> c.document).toList();
  }
}
