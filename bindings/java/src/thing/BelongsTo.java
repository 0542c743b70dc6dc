package thing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The one row that a key here refers to: a member of its class, or an Optional of it. It is filled where the relation
 * is loaded with the row, and null elsewhere.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.RECORD_COMPONENT})
public @interface BelongsTo {
  /**
   * What happens here when the other row is deleted: cascade, set_null, restrict ...
   *
   * @return an action, or empty
   */
  String onDelete() default "";

  /**
   * The fields of the key; found by name when empty.
   *
   * @return names
   */
  String[] fields() default {};

  /**
   * More members of the relation, as a JSON object.
   *
   * @return JSON, or empty
   */
  String more() default "";
}
