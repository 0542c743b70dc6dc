package thing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** How a member is stored. */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.RECORD_COMPONENT})
public @interface Column {
  /**
   * The name of the field; that of the member when empty.
   *
   * @return a name
   */
  String field() default "";

  /**
   * The column; the name in snake_case when empty.
   *
   * @return a column
   */
  String name() default "";

  /**
   * The type of the field, where that of the member leaves a choice: a String may be text, enum, decimal or json.
   *
   * @return a type, or empty
   */
  String type() default "";

  /**
   * More members of the field, as a JSON object: rules such as {"maxLength": 80}.
   *
   * @return JSON, or empty
   */
  String more() default "";
}
