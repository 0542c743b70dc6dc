package thing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The value that a new row gets for a field that is unset: one of the three. */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.RECORD_COMPONENT})
public @interface Default {
  /**
   * A value, written as in JSON but for the quotes of a text.
   *
   * @return a value
   */
  String value() default "";

  /**
   * A function: now or uuid.
   *
   * @return a function
   */
  String fn() default "";

  /**
   * An expression that the database evaluates.
   *
   * @return an expression
   */
  String sql() default "";
}
