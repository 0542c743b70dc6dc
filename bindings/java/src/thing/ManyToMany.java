package thing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The rows at the other side of pairs: a List of their class. It is filled where the relation
 * is loaded with the row, and null elsewhere.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.RECORD_COMPONENT})
public @interface ManyToMany {
  /**
   * The table of the pairs; made of both tables when empty.
   *
   * @return a table
   */
  String table() default "";

  /**
   * More members of the relation, as a JSON object.
   *
   * @return JSON, or empty
   */
  String more() default "";
}
