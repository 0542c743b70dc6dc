package thing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** An index. */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.FIELD, ElementType.RECORD_COMPONENT})
@Repeatable(Indexes.class)
public @interface Index {
  /**
   * The fields; of a member that one.
   *
   * @return names
   */
  String[] fields() default {};

  /**
   * Whether no two rows share the values.
   *
   * @return whether it is
   */
  boolean unique() default false;

  /**
   * The name; made of table and columns when empty.
   *
   * @return a name
   */
  String name() default "";
}
