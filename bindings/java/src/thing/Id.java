package thing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Part of the primary key. A member with the name id needs none. */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.RECORD_COMPONENT})
public @interface Id {
  /**
   * Whether the library makes the value: whole numbers count up, a UUID is random.
   *
   * @return whether it does
   */
  boolean generated() default true;
}
