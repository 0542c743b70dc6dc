package thing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A class or record that stands for a model. Its members are the fields; docs/reference/models.md has what a model is. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Model {
  /**
   * The name; that of the class when empty.
   *
   * @return a name
   */
  String name() default "";

  /**
   * The table; made of the name when empty.
   *
   * @return a table
   */
  String table() default "";

  /**
   * Fields createdAt and updatedAt, also where the class has no members for them.
   *
   * @return whether there are
   */
  boolean timestamps() default false;

  /**
   * Soft deletes by a field deletedAt.
   *
   * @return whether there are
   */
  boolean softDelete() default false;

  /**
   * A field version that refuses lost updates.
   *
   * @return whether there is
   */
  boolean version() default false;

  /**
   * More members of the model document, as a JSON object: scopes, order, relations.
   *
   * @return JSON, or empty
   */
  String more() default "";
}
